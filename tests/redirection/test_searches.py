"""Who tries one serial number after another is slowed, and honest sites are not."""

import os
import sqlite3
import time
from pathlib import Path

from tests.redirection.calls import call, knows
from tests.redirection.kit import MAC
from tests.site import Site, served, site
from updateserver.poll.io.refusals import Refusals
from updateserver.redirection.io.searches import Searches

__all__ = ["served", "site"]


def numbers(count: int, area: str = "00-90-33-50") -> list[str]:
    return [f"{area}-{number >> 8:02x}-{number & 255:02x}" for number in range(count)]


def test_who_searches_is_slowed(served: Site) -> None:
    knows(served, 'url="http://u.example.com/"', MAC, settings='unknown="10"')
    statuses = [call(served, f"mac={mac}").status for mac in numbers(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert call(served, f"mac={MAC}").status == 429  # else it would show which numbers are known
    assert call(served, "").status == 200
    refused = Refusals(served.root / "cache", served.root / "cache" / "locks").lately(int(time.time()))
    assert refused["redirection/@unknown"].total == 3


def test_device_that_asks_again_counts_once(served: Site) -> None:
    knows(served, settings='unknown="10"')
    for mac in numbers(9) * 3:
        assert call(served, f"mac={mac}").status == 200


def test_known_devices_do_not_count(served: Site) -> None:
    knows(served, 'url="http://u.example.com/"', *numbers(30), settings='unknown="10"')
    assert {call(served, f"mac={mac}").status for mac in numbers(30)} == {200}


def test_limit_can_be_turned_off(served: Site) -> None:
    knows(served, settings='unknown="0"')
    assert {call(served, f"mac={mac}").status for mac in numbers(20)} == {200}


def test_proxy_that_is_not_named_is_told_of(served: Site) -> None:
    knows(served)
    served.get(f"redirect.py?mac={MAC}", X_Forwarded_For="192.0.2.7")
    assert b"127.0.0.1" in served.read("cache/unnamed-proxies")


def test_searches_from_many_addresses_slow_each_other(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    for address in range(16):
        for mac in numbers(9):
            searches.note(f"192.0.2.{address}", mac, 1000)
    for mac in numbers(8, "00-90-33-70"):
        searches.note("198.51.100.1", mac, 1000)
    assert searches.lately("198.51.100.1", "00-90-33-50-ff-ff", 1000).searchers == 16
    assert searches.lately("198.51.100.1", "00-90-33-51-ff-ff", 1000).searchers == 0
    assert searches.lately("198.51.100.1", "00-90-33-50-ff-ff", 4600).numbers == 0
    assert searches.lately("198.51.100.2", "00-90-33-50-ff-ff", 1000) == (0, 0)


def test_one_network_of_ipv6_is_one_caller(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    for place, mac in enumerate(numbers(9)):
        searches.note(f"2001:db8::{place:x}", mac, 1000)
    assert searches.lately("2001:db8::ffff", MAC, 1000).numbers == 9


def test_searches_are_forgotten_after_a_week(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    searches.note("192.0.2.1", MAC, 1000)
    searches.note("192.0.2.2", MAC, 1000 + 8 * 86400)
    with sqlite3.connect(tmp_path / "redirection-searches.sqlite") as connection:
        assert connection.execute("SELECT address FROM asked").fetchall() == [("192.0.2.2",)]
    connection.close()


def test_pipe_in_place_of_the_searches_costs_no_answer(served: Site) -> None:
    knows(served)
    (served.root / "cache").mkdir(exist_ok=True)
    os.mkfifo(served.root / "cache" / "redirection-searches.sqlite")
    assert call(served, f"mac={MAC}").status == 200


def test_searches_that_cannot_be_kept_cost_no_answer(served: Site) -> None:
    knows(served)
    served.put("cache/redirection-searches.sqlite", "no database" * 1000)
    assert call(served, f"mac={MAC}").status == 200
    assert call(served, f"mac={MAC}").status == 200
    with sqlite3.connect(served.root / "cache" / "redirection-searches.sqlite") as connection:  # it mends itself
        assert connection.execute("SELECT count(*) FROM asked").fetchone() == (1,)
    connection.close()
