"""A scripted server and a phone that polls it."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from updateserver.virtual.credential import KeyPool
from updateserver.virtual.device import Device

from .scripted import ScriptedServer, serving


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=1)))

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture(scope="session")
def keys() -> KeyPool:
    return KeyPool(size=2)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with serving() as scripted:
        yield scripted


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phone(server: ScriptedServer, clock: Clock, keys: KeyPool) -> Device:
    return Device(server.url, clock=clock, keys=keys)
