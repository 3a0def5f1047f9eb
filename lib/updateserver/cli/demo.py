"""The demo's fleet: virtual devices that poll for as long as the server runs."""

import contextlib
from collections.abc import Iterator
from threading import Event, Thread

from updateserver.virtual.device import Device
from updateserver.virtual.fleet import make_fleet

FIRST_POLLS = 5.0  # seconds over which the devices start, so that one can watch them come
# Seconds between two polls: a device with a new URL would call again at once, one at rest after a quarter of an hour.
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


@contextlib.contextmanager
def polling_fleet(url: str, count: int) -> Iterator[None]:
    """Let that many devices of mixed types poll this URL while the `with` block lasts."""
    stop = Event()
    for number, device in enumerate(make_fleet(url, count)):
        # Daemons: a device that waits for an answer must not hold up the end of the program.
        Thread(target=_live, args=(device, FIRST_POLLS * number / count, stop), daemon=True).start()
    try:
        yield
    finally:
        stop.set()


def _live(device: Device, pause: float, stop: Event) -> None:
    while not stop.wait(pause):
        device.poll()
        pause = min(max(device.next_poll, SHORTEST_PAUSE), LONGEST_PAUSE)
