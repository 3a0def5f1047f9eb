"""A browser drives the pages against the running server while virtual devices poll it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.admin.accessibility import shortcomings
from tests.admin.browser import CHROMIUM, DRIVER, Browser, chromium
from tests.admin.conftest import CONFIGURATION, MASTER
from tests.admin.test_attacks import PAGES, be_hostile
from tests.admin.visitor import PASSWORD, SCRIPT, USER
from tests.site import Site, poll
from updateserver.virtual.credential import KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.fleet import make_fleet
from updateserver.virtual.identity import DeviceIdentity

pytestmark = pytest.mark.skipif(
    not (Path(CHROMIUM).exists() and Path(DRIVER).exists()), reason="needs the packages chromium and chromium-driver"
)


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(window: Browser, served: Site) -> Iterator[Browser]:
    """A browser whose user is logged in; at the end it must not have complained of anything."""
    assert served.server
    host, port = served.server.addresses[0]
    window.address = f"http://{host}:{port}{SCRIPT}"
    window.log_in(USER, PASSWORD)
    yield window
    assert window.complaints() == []


@pytest.fixture
def fleet(served: Site) -> list[Device]:
    """Three devices of different types that polled until nothing changed."""
    served.snippet()
    assert served.server
    devices = make_fleet(f"{served.server.url}update.php", 3)
    for device in devices:
        device.run_until_rest(max_polls=10)
    return devices


def serials(browser: Browser) -> list[str]:
    return [link.text for link in browser.all(".fleet .sn")]


def overview(browser: Browser, count: int, query: str = "") -> None:
    """Open the overview; a device that called a moment ago may come a moment later."""

    def is_there() -> bool:
        browser.go(query)
        return len(serials(browser)) == count

    browser.wait(is_there, f"{count} devices")


def test_the_filter_is_in_the_address_and_needs_no_reload(browser: Browser, fleet: list[Device]) -> None:
    overview(browser, 3)
    assert serials(browser) == [device.identity.sn for device in fleet]
    browser.run("window.stayed = true")

    browser.one("#filter").send_keys(f"{fleet[1].identity.type} present", Keys.ENTER)
    browser.wait(lambda: serials(browser) == [fleet[1].identity.sn], "the filtered list")

    assert "3 devices (1 filtered by" in browser.text(".count")
    assert "filter=IP" in browser.driver.current_url
    browser.driver.back()
    browser.wait(lambda: len(serials(browser)) == 3, "the whole list")
    assert browser.one("#filter").get_attribute("value") == ""
    assert browser.run("return window.stayed")
    browser.go(f"?mode=status&filter={fleet[2].identity.sn.replace('-', '')}")
    assert serials(browser) == [fleet[2].identity.sn]


def test_a_bar_of_a_chart_filters_and_a_second_click_shows_all(browser: Browser, fleet: list[Device]) -> None:
    overview(browser, 3)
    browser.click("#seen-4")
    browser.wait(lambda: not serials(browser), "nobody was seen longer ago")
    browser.click("#seen-4")
    browser.wait(lambda: len(serials(browser)) == len(fleet), "the whole list")


def test_a_click_on_a_heading_sorts(browser: Browser, fleet: list[Device]) -> None:
    overview(browser, 3)
    browser.click("#sort-sn")
    browser.wait(lambda: serials(browser) == sorted(serials(browser), reverse=True), "the list upside down")
    assert browser.one("th[aria-sort=descending]").text.startswith("Device")
    assert len(serials(browser)) == len(fleet)


def test_what_is_shown_stays_fresh_and_unfolded(browser: Browser, fleet: list[Device], served: Site) -> None:
    served.configure(MASTER + CONFIGURATION.replace('dir="status"', 'dir="status" refresh="1"'))
    overview(browser, 3)
    browser.click(f"#fold-{fleet[0].identity.sn}")
    browser.wait(lambda: browser.all(".more .log"), "the details")
    browser.click("input[name=sn]")

    served.get(poll(sn="00-90-33-99-99-99"))

    browser.wait(lambda: "00-90-33-99-99-99" in serials(browser), "the new device")
    assert browser.all(".more .log")
    assert browser.one("input[name=sn]").is_selected()
    assert browser.text(".chosen-count") == "1 selected"


def test_several_devices_are_deleted_after_a_question(browser: Browser, fleet: list[Device], served: Site) -> None:
    overview(browser, 3)
    for box in browser.all("input[name=sn]")[:2]:
        box.click()
    browser.button("Delete selected…").click()
    browser.wait(lambda: "Are you sure?" in browser.text(), "the question")
    assert len(served.names("status")) >= 3
    browser.button("Delete").click()
    browser.wait(lambda: "2 devices deleted." in browser.text("body"), "the notice")
    assert serials(browser) == [fleet[2].identity.sn]
    browser.go()
    assert "2 devices deleted." not in browser.text("body")


def test_all_are_chosen_and_touched(browser: Browser, fleet: list[Device], served: Site) -> None:
    for device in fleet:
        name = f"status/{device.identity.sn}.xml"
        state = served.state(device.identity.sn).get("seen").encode()
        served.put(name, served.read(name).replace(b'seen="' + state, b'seen="1000000000', 1))
    overview(browser, 3, "?mode=status&filter=missing")
    browser.click("#choose-all")
    assert browser.text(".chosen-count") == "3 selected"
    browser.button("Mark selected as seen").click()
    browser.wait(lambda: "3 devices marked as seen." in browser.text("body"), "the notice")
    assert serials(browser) == []


def test_the_page_of_a_device(browser: Browser, fleet: list[Device], served: Site) -> None:
    device = fleet[0]
    device.configuration.add("CMD0", [("/name", "Entrance hall")])
    device.saved = device.active = device.configuration.copy()
    device.poll()
    overview(browser, 3)
    browser.link(device.identity.sn).click()
    browser.wait(lambda: device.identity.sn in browser.text("h1"), "the device")
    assert device.identity.type in browser.text()
    assert browser.one("a[href$='UP1%20poll']").text == "Poll now"
    assert "phase: update" in browser.text("#log")
    browser.link("scripts/update-all-default.txt").click()
    browser.wait(lambda: "config add CMD0 /name Lobby" in browser.text(".listing"), "the snippet")
    browser.driver.back()
    browser.wait(lambda: browser.all("#backups"), "the device")
    browser.button("Compare").click()
    browser.wait(lambda: "What changed" in browser.text("h1"), "the comparison")
    assert "Entrance hall" in browser.text(".diff")
    before = served.read(f"status/{device.identity.sn}.xml")
    browser.go(f"?mode=next&sn={device.identity.sn}")
    assert "config add CMD0 /name Lobby" in browser.text(".effective")
    assert served.read(f"status/{device.identity.sn}.xml") == before


def test_other_hardware_takes_over(browser: Browser, fleet: list[Device], served: Site) -> None:
    sn = fleet[0].identity.sn
    served.put(f"scripts/update-all-{sn.replace('-', '_')}.txt", "config add MINE\r\n")
    browser.go(f"?mode=device&sn={sn}")
    browser.link("Move to other hardware").click()
    browser.wait(lambda: browser.all("#new"), "the form")
    browser.one("#new").send_keys("00-90-33-aa-aa-aa", Keys.ENTER)
    browser.wait(lambda: "1 snippet renamed" in browser.text("body"), "the notice")
    assert "update-all-00_90_33_aa_aa_aa.txt" in served.names("scripts")


def test_a_certificate_from_request_to_device(browser: Browser, served: Site) -> None:
    ca = DeviceAuthority("My CA", common_name=True)
    served.put("certs/CAkey-01.cer", ca.certificate.public_bytes(Encoding.DER))
    identity = DeviceIdentity("SWPHONE", "00-90-33-00-00-77")
    assert served.server
    url = f"{served.server.url}update.php"
    phone = Device(url, identity, self_signed(identity), keys=KeyPool(1))
    request = f"{identity.sn}-request.p10.der"
    while request not in served.names("certs"):
        phone.poll()
    overview(browser, 1)
    browser.link("CSR waiting for signature").click()
    browser.wait(lambda: browser.all("#certificate"), "the field for the upload")

    for content in (b"nonsense", ca.sign(served.read(f"certs/{request}")).public_bytes(Encoding.PEM)):
        signed = served.put("signed.cer", content)
        browser.go(f"?mode=device&sn={identity.sn}")
        browser.one("#certificate").send_keys(str(signed))
        browser.button("Upload").click()
        browser.wait(lambda: browser.all("h1") and not browser.all("#certificate"), "the answer")
        if content == b"nonsense":
            assert "is not delivered to the device" in browser.text("h1")
    assert "Accepted" in browser.text("body")

    phone.run_until_rest(max_polls=20)
    browser.go(f"?mode=device&sn={identity.sn}")
    assert "good" in browser.text("#certificates")
    assert "My CA" in browser.text("#certificates")


def test_a_hostile_device_runs_nothing(browser: Browser, served: Site) -> None:
    be_hostile(served)
    overview(browser, 1)
    for query in PAGES:
        browser.go(query)
        assert browser.run("return document.querySelector('evil')") is None
    assert browser.complaints() == []


def test_a_device_is_added(browser: Browser) -> None:
    browser.go("?mode=info")
    browser.one("#name").send_keys("Front desk", Keys.ENTER)
    browser.wait(lambda: browser.all("#commands"), "what to do")
    base = browser.address.removesuffix("admin/admin.php")
    assert browser.text("#url") == f"{base}update.php?env=default"
    assert "config add CMD0 /name Front+desk" in browser.text("#commands")
    assert browser.all("svg.qr")
    assert (
        browser.link("myPBX on iOS").get_attribute("href").startswith("com.innovaphone.commands://ser%0D%0Aconfig+add")
    )


def test_it_works_by_keyboard(browser: Browser, fleet: list[Device]) -> None:
    overview(browser, 3)
    browser.run("document.body.focus()")
    keys = ActionChains(browser.driver)
    keys.send_keys(Keys.TAB).perform()
    assert browser.driver.switch_to.active_element.text == "Skip to the content"
    keys.send_keys(Keys.ENTER).perform()
    for _ in range(80):
        keys.send_keys(Keys.TAB).perform()
        if browser.driver.switch_to.active_element.get_attribute("id") == f"fold-{fleet[1].identity.sn}":
            break
    keys.send_keys(Keys.ENTER).perform()
    browser.wait(lambda: browser.all(".more .log"), "the details")
    browser.wait(
        lambda: browser.driver.switch_to.active_element.get_attribute("id") == f"fold-{fleet[1].identity.sn}",
        "the focus where it was",
    )


def test_every_page_is_accessible_and_fits_a_phone(browser: Browser, fleet: list[Device]) -> None:
    sn = fleet[0].identity.sn
    pages = ["status", f"status&open={sn}", f"device&sn={sn}", f"next&sn={sn}", f"move&sn={sn}", "snippets", "show"]
    pages += ["info&name=x", "audit", "unknown", f"ui&cmd=delstatus&sn={sn}", "logout", "nowhere"]
    found = {}
    for width in (1400, 390):
        browser.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 1000},
        )
        for mode in pages:
            browser.go(f"?mode={mode}")
            found |= {f"{mode} at {width}": wrong for wrong in [shortcomings(browser)] if wrong}
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert found == {}
