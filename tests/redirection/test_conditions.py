"""Each message that a device may get, and when it gets it."""

from dataclasses import replace

import pytest

from tests.redirection.kit import MAC, PROJECT, SECONDS, SETTINGS, URL, asking, judged, script
from tests.redirection.test_seed_scripts import TURNED_OFF
from updateserver.redirection.asking import Asking, asking_of
from updateserver.redirection.registry import Customer, Project, RedirectionSettings, Upgrade
from updateserver.redirection.verdict import Outcome

OTHER = Project(2, Customer(7, "Somebody else"), url="https://other.example.com/update.php")
FIRST = Upgrade("firmware", "101100", "http://fw.example.com/101100/", since="090000")
SECOND = Upgrade("firmware", "130986", "http://fw.example.com/130986/", since="101100")
BOOT = Upgrade("bootcode", "113454", "http://fw.example.com/113454/", types=("IP232",))


def message(call: Asking, *projects: Project, settings: RedirectionSettings = SETTINGS) -> str:
    told = judged(call, *projects, settings=settings)
    assert f"# {told.message}" in told.lines
    return told.message


def is_turned_off(call: Asking, *projects: Project, settings: RedirectionSettings = SETTINGS) -> bool:
    return script(call, *projects, settings=settings)[2:] == TURNED_OFF


@pytest.mark.parametrize("arguments", [{"hwid": "IP232-30-00-af"}, {"type": "IP232"}, {"mac": ""}, {"mac": "#m"}])
def test_incomplete_identification_turns_polling_off(arguments: dict[str, str]) -> None:
    call = asking_of(arguments, "")
    assert message(call) == "mac not given"
    assert is_turned_off(call)


@pytest.mark.parametrize("arguments", [{}, {"ver": "13r1"}, {"PROT": "130986", "CFG": "x"}, {"env": "a"}])
def test_without_identification_the_url_is_rewritten(arguments: dict[str, str]) -> None:
    assert judged(asking_of(arguments, "")).outcome is Outcome.REWRITTEN


@pytest.mark.parametrize("mac", ["009033-3000AF", "00:90:33:30:00:AF", "0090.3330.00af", "0090333000AF", f" {MAC} "])
def test_serial_number_is_known_however_it_is_written(mac: str) -> None:
    assert asking(mac=mac).mac == MAC


def test_unknown_mac() -> None:
    assert message(asking()) == f"unknown mac {MAC}"


@pytest.mark.parametrize(
    ("first_call", "outcome"),
    [
        ("", Outcome.GRACE),
        (str(SECONDS), Outcome.GRACE),
        (str(SECONDS - 3599), Outcome.GRACE),
        (str(SECONDS - 3600), Outcome.UNKNOWN),
        ("0", Outcome.UNKNOWN),
        (str(SECONDS + 100_000), Outcome.GRACE),
        ("x", Outcome.GRACE),
    ],
)
def test_grace_ends_an_hour_after_the_first_call(first_call: str, outcome: Outcome) -> None:
    assert judged(asking(nostdprv=first_call)).outcome is outcome


@pytest.mark.parametrize("first_call", ["", str(SECONDS + 100_000), "x", "-5", "9" * 30])
def test_grace_begins_anew_with_a_time_that_cannot_be(first_call: str) -> None:
    assert any(f"nostdprv%3D{SECONDS}" in line for line in script(asking(nostdprv=first_call)))


def test_grace_can_be_configured() -> None:
    settings = RedirectionSettings(grace=60)
    assert judged(asking(nostdprv=str(SECONDS - 60)), settings=settings).outcome is Outcome.UNKNOWN


def test_more_than_one_project() -> None:
    assert message(asking(), PROJECT, OTHER) == "mac in more than one project with configured update URL"
    assert is_turned_off(asking(), PROJECT, OTHER)


def test_of_several_projects_one_with_url_counts() -> None:
    assert message(asking(), replace(OTHER, url=""), PROJECT) == f"redirected to {URL}"


def test_nothing_to_redirect() -> None:
    assert message(asking(), replace(PROJECT, url="")) == f"nothing to redirect for {MAC}"
    assert is_turned_off(asking(), replace(PROJECT, url=""))


def test_firmware_too_old() -> None:
    call, project = asking(firm="100850"), replace(PROJECT, firmware="101100")
    assert message(call, project) == "firmware 100850 too old - must be at least 101100"
    assert is_turned_off(call, project)


def test_boot_code_too_old() -> None:
    call, settings = asking(boot="100850"), RedirectionSettings(bootcode="101100")
    assert message(call, PROJECT, settings=settings) == "boot code 100850 too old - must be at least 101100"
    assert is_turned_off(call, PROJECT, settings=settings)


def test_firmware_needs_upgrade() -> None:
    settings = RedirectionSettings(firmware="101100", upgrades=(FIRST,))
    assert script(asking(firm="100850"), PROJECT, settings=settings) == [
        "# innovaphone std device redirector",
        "# firmware 100850 needs upgrade - upgrading to 101100 from http://fw.example.com/101100/",
        "mod cmd UP0 prot http://fw.example.com/101100/ ser 101100",
        "iresetn",
    ]


def test_boot_code_needs_upgrade() -> None:
    settings = RedirectionSettings(bootcode="113000", upgrades=(FIRST, BOOT))
    assert script(asking(boot="100850"), PROJECT, settings=settings)[1:] == [
        "# boot code 100850 needs upgrade - upgrading to 113454 from http://fw.example.com/113454/",
        "mod cmd UP0 boot http://fw.example.com/113454/ ser 113454",
        "iresetn",
    ]


@pytest.mark.parametrize(
    ("build", "told"),
    [
        ("80800", "firmware 80800 too old - must be at least 130000"),  # no way begins so early
        ("090000", "firmware 090000 needs upgrade - upgrading to 101100 from http://fw.example.com/101100/"),
        ("101099", "firmware 101099 needs upgrade - upgrading to 101100 from http://fw.example.com/101100/"),
        ("101100", "firmware 101100 needs upgrade - upgrading to 130986 from http://fw.example.com/130986/"),
        ("130000", f"redirected to {URL}"),
        ("13A127", f"redirected to {URL}"),
        ("141234", f"redirected to {URL}"),
    ],
)
def test_upgrades_make_a_chain(build: str, told: str) -> None:
    settings = RedirectionSettings(upgrades=(SECOND, FIRST))
    assert message(asking(firm=build), replace(PROJECT, firmware="130000"), settings=settings) == told


def test_upgrade_for_other_types_is_no_way() -> None:
    settings = RedirectionSettings(bootcode="113000", upgrades=(BOOT,))
    call = asking(boot="100850", type="IP811")
    assert message(call, PROJECT, settings=settings) == "boot code 100850 too old - must be at least 113000"


def test_unknown_device_is_not_upgraded() -> None:
    settings = RedirectionSettings(firmware="130000", upgrades=(FIRST, SECOND))
    assert judged(asking(firm="100850"), settings=settings).outcome is Outcome.GRACE


def test_builds_are_taken_from_the_version_where_they_are_not_given() -> None:
    call = asking()
    assert (call.firmware, call.bootcode, call.hardware) == ("13A127", "113454", "300")


def test_build_that_is_not_told_is_not_judged() -> None:
    assert (
        judged(asking(ver=""), PROJECT, settings=RedirectionSettings(firmware="130000")).outcome is Outcome.REDIRECTED
    )


@pytest.mark.parametrize("kind", ["SWPHONE", "MYPBXA"])
def test_software_phone_is_redirected_from_its_build_on(kind: str) -> None:
    old, new = asking(type=kind, firm="101099"), asking(type=kind, firm="101100")
    assert message(old, PROJECT) == "firmware 101099 too old - must be at least 101100"
    assert message(new, PROJECT) == f"redirected to {URL}"


def test_software_phone_loads_no_firmware() -> None:
    settings = RedirectionSettings(
        firmware="130000", bootcode="130000", upgrades=(FIRST, SECOND), cannot_load={"firmware": ["swphone"]}
    )
    call = asking(type="SWPHONE", firm="101100")
    assert message(call, PROJECT, settings=settings) == "firmware 101100 too old - must be at least 130000"


def test_environments_are_appended() -> None:
    project = replace(PROJECT, environments=("berlin", "büro"))
    assert message(asking(), project) == f"redirected to {URL}?env=berlin,b%C3%BCro"
    assert f"vars create UPDATE/CFG p redirected+to+{URL}?env=berlin,b%25C3%25BCro" in script(asking(), project)
    assert any("staging.txt%3Fenv%3Dberlin%2Cb%25C3%25BCro" in line for line in script(asking(), project))


def test_environments_are_appended_to_arguments() -> None:
    project = replace(PROJECT, url="https://u.example.com/update.php?sn=#m", environments=("a",))
    assert message(asking(), project) == "redirected to https://u.example.com/update.php?sn=#m&env=a"


@pytest.mark.parametrize(
    "fault",
    [
        {"url": "update.example.com"},
        {"url": "https://x.example.com/a b"},
        {"url": "ftp://x.example.com/"},
        {"url": "https://user:password@x.example.com/"},
        {"url": "https:///x"},
        {"trust": "3082xyz"},
        {"trust": "colour:308205"},
        {"environments": ("a b",)},
        {"firmware": "new"},
        {"name": "two\nlines"},
    ],
)
def test_device_of_a_project_with_a_fault_is_left_as_it_is(fault: dict[str, str]) -> None:
    told = judged(asking(), replace(PROJECT, **fault))
    assert told.outcome is Outcome.UNUSABLE
    assert not told.lines
