"""What devices say of themselves, and what the reference device says."""

import pytest

from tests.field.field import CASES, Field
from updateserver.rules.builds import builds_of


@pytest.mark.parametrize("told", ["IP DECT", "IP 232", "IPBS2[9.1.5]"])
def test_25_an_odd_type_is_a_type(field: Field, told: str) -> None:
    field.case("25-type-odd")
    command = field.site.snippet()
    assert command in field.poll(device={"type": told}).lines


@pytest.mark.parametrize("told", ["../x", "..", "IP/../../x", "a\x00b"])
def test_25_a_type_leaves_no_folder(field: Field, told: str) -> None:
    field.case("25-type-odd")
    field.site.put("outside.txt", "SECRET")
    answer = field.poll(device={"type": told})
    assert "SECRET" not in answer.text
    assert ".." not in "".join(answer.lines)


@pytest.mark.parametrize(
    ("version", "firmware", "bootcode"),
    [
        ("13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300] ", "13A127", "113454"),
        ("9.1.5 IP1200[09-9150002.14], Bootcode[111], Hardware[2]", "099150002.14", "111"),
        ("14r2 IPVA[14.205178], Bootcode[], Hardware[]", "14205178", ""),
    ],
)
def test_34_builds_of_a_reference_device(version: str, firmware: str, bootcode: str) -> None:
    assert (CASES / "34-master-versions" / "README").exists()
    builds = builds_of(version)
    assert builds.bootcode == bootcode
    assert builds.firmware.isalnum() or firmware
