"""What can be called and fetched through a web server, and what can not."""

from collections.abc import Callable

import pytest

from tests.servers.conftest import FIRMWARE, HIDDEN, HIDDEN_FILES, Served
from tests.site import poll
from updateserver.virtual.device import Device


@pytest.mark.parametrize("folder", ["/mtls/update/", "/update/"])
@pytest.mark.parametrize("name", ["update.php", "update.py"])
def test_device_keeps_the_url_that_it_calls(served: Served, folder: str, name: str) -> None:
    answer = served.web.get(f"{folder}{name}")
    assert answer.status == 200
    assert f"# new url=http://127.0.0.1:{served.web.http}{folder}{name}?" in answer.text


def test_script_ends_its_lines_as_devices_want_it(served: Served) -> None:
    answer = served.web.get(f"/mtls/update/{poll()}")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.body.count(b"\r\n") == answer.body.count(b"\n")


@pytest.mark.parametrize("told", ["IP DECT", "IPBS2-A3/1B1", "IPBS2[9.1.5]", "IP\"'<232>", "MÜNCHEN", "a&b=c#d?e%f"])
def test_any_type_reaches_the_program_as_it_is(served: Served, told: str) -> None:
    answer = served.web.get(f"/mtls/update/{poll(type=told)}&polling=5&a.b=1&%20lead=2&env[]=x")
    assert answer.status == 200
    assert f", type: {told}, classes: {told.encode().lower().decode()}" in answer.text
    assert "%26a_b%3D1%26lead%3D2\r\n" in answer.text


@pytest.mark.parametrize("name", ["update-migrate.php", "update-migrate.py"])
def test_device_of_an_old_installation_is_redirected(served: Served, name: str) -> None:
    answer = served.web.get(f"/mtls/update/{name}?sn=%23m&env=a%2Cb")
    assert answer.status == 302
    assert answer.headers["Location"].endswith("/mtls/update/update.php?sn=%23m&env=a%2Cb")


def test_redirected_device_gets_its_script(served: Served) -> None:
    device = Device(f"{served.web.url}update-migrate.php")
    assert device.poll().status == 200
    assert "update.php" in device.url


@pytest.mark.parametrize("name", ["admin/admin.php", "admin/admin.py"])
def test_admin_pages_are_asked_of_the_program(served: Served, name: str) -> None:
    answer = served.web.get(f"/mtls/update/{name}")
    assert answer.status == 404
    assert answer.text == "# the web server asks for a script that is not there\r\n"


@pytest.mark.parametrize(
    ("target", "content"),
    [
        (f"/mtls/update/fw/{FIRMWARE}/ip232.bin", "firmware of ip232"),
        ("/update/fw/13r1/boot232.bin", "boot"),
        ("/update/fw/13r1/boot%3232.bin?x=1", "boot"),
        ("/mtls/update/web/style.css", "body {}"),
    ],
)
def test_firmware_and_web_files_are_served(served: Served, target: str, content: str) -> None:
    answer = served.web.get(target)
    assert (answer.status, answer.text) == (200, content)


def test_style_sheets_have_their_type(served: Served) -> None:
    assert served.web.get("/update/web/style.css").headers["Content-Type"].startswith("text/css")


# Paths to something that exists but is nobody's business, and odd ways to write such paths.
REFUSED = [
    *(f"/mtls/update/{name}" for name in HIDDEN_FILES if name != "update.php"),
    *(f"/update/{name}" for name in HIDDEN_FILES if name != "update.php"),
    "/mtls/update/lib/updateserver/__init__.py",
    "/mtls/update/config.xml",
    "/mtls/update/lighttpd.conf.example",
    "/mtls/update/run/program.log",
    "/mtls/update",
    "/mtls/update/",
    "/update/fw/",
    "/update/fw/13r1/",
    "/update/web/",
    "/update/update",
    "/update/update.phpx",
    "/update/update.php/more",
    "/update/update.php/../config.xml",
    "/update/xupdate.php",
    "/update/fw/update.php",
    "/update/fw/13r1/boot232.bin/",
    "/update/fw/13r1/boot232.bin/more",
    "/update/fw/../config.xml",
    "/update/fw/%2e%2e/config.xml",
    "/update/fw/..%2fconfig.xml",
    "/update/fw/%2e%2e%2fconfig.xml",
    "/update/fw/..%5cconfig.xml",
    "/update/fw/%252e%252e/config.xml",
    "/update/fw/%2ehidden",
    "/update/fw//etc/passwd",
    "/update/fw/%2fetc%2fpasswd",
    "/update/fw/13r1/boot232.bin%00",
    "/update/fw/%c0%ae%c0%ae/config.xml",
    "/update/./config.xml",
    "//update/config.xml",
    "/mtls//update/config.xml",
    "//mtls//update//config.xml",
    "/mtls/../update/config.xml",
    "/x/../update/config.xml",
    "/config.xml",
    "/status/00-90-33-00-00-01.xml",
    "/mtls/config.xml",
    "/../update/config.xml",
    "/",
    "/style.css",
    "/.hidden",
]


@pytest.mark.parametrize("target", REFUSED)
def test_nothing_else_can_be_fetched(served: Served, target: str) -> None:
    answer = served.web.get(target)
    assert answer.status in {400, 403, 404}
    assert HIDDEN not in answer.text
    assert "<config" not in answer.text


def test_folders_are_not_listed(served: Served) -> None:
    assert served.web.get("/update/fw/13r1").status in {301, 403, 404}
    assert "boot232" not in served.web.get("/update/fw/13r1/").text


def test_old_php_script_is_not_shown(served: Served) -> None:
    assert HIDDEN not in served.web.get("/mtls/update/update.php").text


def test_unknown_argument_is_answered_by_the_program(served: Served) -> None:
    assert served.web.get("/update/update.php?mode=nonsense").status == 400


# A LAP's web server shows what lies beside the installation, and above it.
BESIDE = {
    "lighttpd": {
        'server.document-root = updateserver_folder + "/web"': 'server.document-root = updateserver_folder + "/../.."',
        '$HTTP["url"] !~ updateserver_urls': '$HTTP["url"] == "/none"',
    },
    "apache": {
        "DocumentRoot ${UPDATESERVER_FOLDER}/web": "DocumentRoot ${UPDATESERVER_FOLDER}/../..",
        "# ---- HTTP --": "<Directory ${UPDATESERVER_FOLDER}/../..>\nRequire all granted\n</Directory>\n# HTTP",
    },
}


@pytest.mark.parametrize("name", BESIDE)
def test_part_of_another_configuration_hides_as_much(name: str, start: Callable[..., Served]) -> None:
    served = start(name, BESIDE[name])
    served.site.put("../other.txt", "something else")
    assert served.web.get("/mtls/other.txt").text == "something else"
    assert served.web.get("/mtls/update/update.php").status == 200
    assert served.web.get("/mtls/update/fw/13r1/boot232.bin").text == "boot"
    for target in [*REFUSED, *(f"/mtls/update/x/..//{name}" for name in HIDDEN_FILES if name != "update.php")]:
        answer = served.web.get(target)
        assert answer.status in {400, 403, 404}, target
        assert HIDDEN not in answer.text, target


def test_device_comes_through_all_of_it(served: Served) -> None:
    device = Device(f"{served.web.url}update.php")
    device.run_until_rest()
    assert device.at_rest
