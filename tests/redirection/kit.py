"""Calls, projects and moments that the tests of redirection share."""

from datetime import datetime, timedelta, timezone

from updateserver.redirection.asking import Asking, asking_of
from updateserver.redirection.registry import Customer, Project, RedirectionSettings
from updateserver.redirection.verdict import Verdict, verdict

MAC = "00-90-33-30-00-af"
NOW = datetime(2013, 7, 8, 14, 5, 14, tzinfo=timezone(timedelta(hours=2)))
SECONDS = int(NOW.timestamp())
CALLED = "http://config.example.com/init"
SETTINGS = RedirectionSettings()
VERSION = "13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300] "
DEVICE = {"mac": MAC, "hwid": "IP232-30-00-af", "type": "IP232", "localip": "172.16.0.20"}
HOSTING = Customer(1527, "Hosting Company")
URL = "https://1.2.3.4/DRIVE/CF0/update/staging.txt"
CERTIFICATE = "308205953082037da0030201020201003"[:32]
PROJECT = Project(10801, HOSTING, "Kuenkel00001", "ckl's Privat-VM", URL)


def asking(**arguments: str) -> Asking:
    """A call of the usual device from 203.0.113.9, with other or further arguments."""
    return asking_of(DEVICE | {"ver": VERSION} | arguments, "203.0.113.9")


def judged(call: Asking, *projects: Project, settings: RedirectionSettings = SETTINGS, now: datetime = NOW) -> Verdict:
    return verdict(call, projects, settings, CALLED, now)


def script(call: Asking, *projects: Project, settings: RedirectionSettings = SETTINGS) -> list[str]:
    return list(judged(call, *projects, settings=settings).lines)
