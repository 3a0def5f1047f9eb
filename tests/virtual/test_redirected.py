"""What a device does with the scripts of the vendor's redirection service."""

from datetime import timedelta

import pytest

from updateserver.virtual.device import Device

from .conftest import Clock
from .scripted import ScriptedServer

REWRITTEN = """
# innovaphone std device redirector
# no device info present - rewriting poll url to SERVER/update/update.php
config change UP1 /provision 5 /trace /no-dhcp /url http%3A%2F%2F127.0.0.1%2Finit%3Fmac%3D%23m
# activate changes
config write
config activate
"""
UNKNOWN = """
# innovaphone std device redirector
# unknown mac 00-90-33-30-00-bf
config rem UP1 /provision
config rem UP1 /poll
config rem UP1 /url
config rem UP1 /no-dhcp
config rem UP1 /trace
# activate changes
config write
config activate
"""
REDIRECTED = """
# innovaphone std device redirector
# redirect
# redirected to https://1.2.3.4/DRIVE/CF0/update/staging.txt
vars create UPDATE/CFG p redirected+to+https://1.2.3.4/DRIVE/CF0/update/staging.txt
# trust
vars create X509/TRUSTED/00099 pb 308205953082037da0030201020201003
mod cmd UP1 setvar r-type IP232
mod cmd UP1 setvar r-prj-comment ckl's+Privat-VM
config change UP1 /provision 5 /trace /no-dhcp /url https%3A%2F%2F1.2.3.4%2FDRIVE%2FCF0%2Fupdate%2Fstaging.txt
# activate changes
config write
config activate
"""


def test_url_is_rewritten_and_polled_soon(server: ScriptedServer, phone: Device) -> None:
    server.sends(REWRITTEN)
    poll = phone.poll()
    assert poll.errors == []
    assert phone.url == "http://127.0.0.1/init?mac=#m"
    assert phone.poll_url.startswith(f"http://127.0.0.1/init?mac={phone.identity.sn}&ver=")
    assert (phone.provision, phone.next_poll) == (5, 0.0)  # a changed URL is fetched at once
    assert phone.saved.option("UP1", "/no-dhcp") == ""


def test_polling_is_turned_off(server: ScriptedServer, phone: Device) -> None:
    server.sends(REWRITTEN.replace("http%3A%2F%2F127.0.0.1%2Finit%3Fmac%3D%23m", "SERVER/update/update.php"), UNKNOWN)
    polls = phone.run_until_rest()
    assert polls[-1].stopped == "no update URL"
    assert len(server.requests) == 2
    assert (phone.url, phone.provision, phone.at_rest) == ("", 0, True)
    phone.restart()
    assert phone.url == ""


def test_url_of_dhcp_counts_again(server: ScriptedServer, phone: Device) -> None:
    server.sends(UNKNOWN)
    phone.dhcp_url = server.url
    phone.poll()
    assert phone.url == server.url


def test_device_is_redirected(server: ScriptedServer, phone: Device, clock: Clock) -> None:
    server.sends(REDIRECTED)
    poll = phone.poll()
    clock.passes(minutes=1)
    assert poll.errors == []
    assert phone.url == "https://1.2.3.4/DRIVE/CF0/update/staging.txt"
    assert phone.shown("CFG") == "redirected to https://1.2.3.4/DRIVE/CF0/update/staging.txt"
    assert phone.variables.serial_date("CFG") == clock.now - timedelta(minutes=1)
    assert phone.kept == {"r-type": "IP232", "r-prj-comment": "ckl's Privat-VM"}
    assert phone.variables.value("X509/TRUSTED/00099") == "308205953082037da0030201020201003"


@pytest.mark.parametrize("line", ["mod cmd UP1 setvar", "mod cmd UP1 setvar r-type", "mod cmd UP1 setvar a b c"])
def test_setvar_wants_name_and_value(server: ScriptedServer, phone: Device, line: str) -> None:
    server.sends(line)
    assert len(phone.poll().errors) == 1
    assert phone.kept == {}
