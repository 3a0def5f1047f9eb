"""One device is one device, however its serial number is written; two are two."""

import pytest

from tests.field.field import Field
from tests.site import SN
from updateserver.findings.io.all import load
from updateserver.fleet.filter import FilterWords, matches, searchable, terms
from updateserver.fleet.io.index import FleetIndex
from updateserver.poll.io.installation import Installation

SPELLINGS = ["00-90-33-30-00-AF", "0090333000af", "0090333000AF", "00-90-33-30-00-Af"]


@pytest.mark.parametrize(
    "told",
    ["00:90:33:30:00:af", "0090.3330.00af", "00.90.33.30.00.af", "3000af", "00 90 33 30 00 AF", "00:90:33:30:00:AF",
     "0090-3330-00af", "30:00:af"],
)  # fmt: skip
def test_20_a_serial_number_is_found_as_people_paste_it(field: Field, told: str) -> None:
    field.case("20-filter-mac")
    words = [term for term in terms(told) if isinstance(term, FilterWords)]
    assert matches(words, searchable(("10.1.2.3", "IP232", SN)), is_missing=False)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_21_a_serial_number_in_another_spelling_is_the_same_device(field: Field, spelling: str) -> None:
    field.case("21-mac-case-twice")
    field.poll()
    field.poll(device={"sn": spelling})
    states = [name for name in field.site.names("status") if name.endswith(".xml")]
    assert states == [f"{SN}.xml"]


@pytest.mark.parametrize("others", [("IP111",), ("IP111", "IP222"), ("SWPHONE", "IP232s")])
def test_22_devices_with_one_serial_number_are_told_of(field: Field, others: tuple[str, ...]) -> None:
    site = field.case("22-serial-twice").site
    for _ in range(3):
        for place, kind in enumerate(("IP232", *others)):
            field.poll(device={"type": kind, "hwid": f"{kind}-30-00-af", "ip": f"10.9.9.{place}"})
    told = [one for one in site.log() if "do two devices use it?" in one]
    for kind in ("IP232", *others):
        assert any(f"{kind}-30-00-af (10.9.9." in one for one in told)
    config = load(site.root)[0]
    assert config
    row = FleetIndex(Installation(site.root)).row(config, SN)
    assert row
    assert {row.hwid, row.other_hwid} <= {f"{kind}-30-00-af" for kind in ("IP232", *others)}
    assert row.hwid != row.other_hwid


@pytest.mark.parametrize("change", [{"ip": "10.9.9.9"}, {"sn": "0090333000AF"}, {"env": ""}])
def test_22_a_device_that_moves_is_still_one(field: Field, change: dict[str, str]) -> None:
    field.case("22-serial-twice")
    for _ in range(3):
        field.poll()
        field.poll(device=change)
    assert not any("two devices" in told for told in field.site.log())
