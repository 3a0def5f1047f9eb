"""What devices say of themselves, and what the reference device says."""

import contextlib
import os
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.field.field import Field
from updateserver.virtual.reference import VirtualReference


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


VERSIONS = {
    "13r1": ("13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300] ", "13A127", "113454"),
    "13r3": ("13r3 sr5 IP6010[13.5278], Bootcode[135278], Hardware[1.1]", "135278", "135278"),
    "16r1": ("16r1 IP411LEGACY[16.11234], Bootcode[161234], Hardware[101]", "1611234", "161234"),
    "7.00": ("7.00 hotfix15 IP800[09-7001538.00], Bootcode[70015], Hardware[3]", "09-700153800", "70015"),
    "Ascom": ("9.1.5 IPBS2[9.1.5], Bootcode[2.7.1], Hardware[IPBS2-A3/1A]", "915", "2.7.1"),
    "IPVA": ("14r2 IPVA[14.205178], Bootcode[], Hardware[]", "14205178", ""),
    "no firmware": ("14r2 IPVA[], Bootcode[113454], Hardware[]", "", "113454"),
    "four brackets": ("x[1] IP811[13.A127], Bootcode[113454], Hardware[300]", "13A127", "113454"),
    "no blanks": ("IP811[13.A127]Bootcode[113454]Hardware[300]", "13A127", "113454"),
    "an open one": ("IP811[13.A127], Bootcode[113454], Hardware[300], [", "13A127", "113454"),
    "longest": (f"x[{'1' * 32}], y[{'2' * 32}], z[]", "1" * 32, "2" * 32),
}


def _loads(field: Field, kind: str) -> list[str]:
    """Return which builds a device is to load that has none of them."""
    text = field.poll("&PROT=1&BOOT=1").text
    return re.findall(rf"^mod cmd UP0 {kind} \S+ ser (\S*)\r$", text, re.MULTILINE)


@pytest.mark.parametrize("answer", VERSIONS.values(), ids=VERSIONS)
def test_34_builds_of_a_reference_device(field: Field, answer: tuple[str, str, str]) -> None:
    version, firmware, bootcode = answer
    with VirtualReference(version) as device:
        field.configure(f'<config><master info="{device.url}" bootcode="master"/><status dir="status"/></config>')
        assert _loads(field, "prot") == ([firmware] if firmware else [])
        assert _loads(field, "boot") == ([bootcode] if bootcode else [])
        assert "fw//" not in field.poll("&PROT=1&BOOT=1").text
        assert device.asked == 1


BAD = {
    "two brackets": "IP811[13.A127], Bootcode[113454]",
    "none": "13r1 dvl IP811",
    "empty": "",
    "line end": "IP811[13.A127], Bootcode[113454\nconfig change X], Hardware[300]",
    "blank": "IP811[13.A127 x], Bootcode[113454], Hardware[300]",
    "folder": "IP811[../13], Bootcode[113454], Hardware[300]",
    "slash": "IP811[13/A127], Bootcode[11/3454], Hardware[300]",
    "too long": f"IP811[{'1' * 33}], Bootcode[113454], Hardware[300]",
    "markup": "IP811[<b>], Bootcode[113454], Hardware[300]",
}


@pytest.mark.parametrize("version", BAD.values(), ids=BAD)
def test_34_what_names_no_builds_is_not_followed(field: Field, version: str) -> None:
    with VirtualReference() as device:
        field.configure(f'<config><master info="{device.url}"/><status dir="status"/></config>')
        assert _loads(field, "prot") == ["13A127"]
        good = field.site.read("cache/master-info.xml")
        device.version = version
        os.utime(field.site.root / "cache" / "master-info.xml", (0, 0))
        assert _loads(field, "prot") == ["13A127"]  # of the answer before
        assert field.site.read("cache/master-info.xml") == good
        (field.site.root / "cache" / "master-info.xml").unlink()
        assert _loads(field, "prot") == []
        assert "config change" not in "".join(field.poll().lines)


GOOD = b'<info><sys version="13r1 IP811[13.A127], Bootcode[113454], Hardware[300]"/></info>'
ANSWERS: dict[str, tuple[int, dict[str, str], bytes, list[str]]] = {
    "as it is": (200, {}, GOOD, ["13A127"]),
    "declared": (200, {}, b'<?xml version="1.0" encoding="utf-8"?>\r\n' + GOOD, ["13A127"]),
    "more around it": (200, {}, b'<!-- x --><info a="b"><x/>' + GOOD[6:], ["13A127"]),
    "redirect": (302, {"Location": "/other"}, b"", ["13A127"]),
    "redirect for ever": (302, {"Location": "/CMD0/box_info.xml"}, b"", []),
    "redirect to a file": (302, {"Location": "file:///etc/passwd"}, b"", []),
    "redirect to nothing": (302, {}, b"", []),
    "401": (401, {"WWW-Authenticate": 'Basic realm="x"'}, GOOD, []),
    "403": (403, {}, GOOD, []),
    "500": (500, {}, GOOD, []),
    "HTML": (200, {}, b"<!DOCTYPE html><html><head><title>Login</title><meta charset=utf-8></head></html>", []),
    "nothing": (200, {}, b"", []),
    "no sys": (200, {}, b"<info/>", []),
    "no version": (200, {}, b"<info><sys/></info>", []),
    "entities": (
        200,
        {},
        b'<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]><info><sys version="&x;"/></info>',
        [],
    ),
    "cut off": (200, {}, GOOD[:40], []),
    "large": (200, {}, b"<info>" + b"<x/>" * 800_000 + GOOD[6:], []),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_34_whatever_a_web_server_answers_is_builds_or_none(
    field: Field, answer: tuple[int, dict[str, str], bytes, list[str]]
) -> None:
    status, headers, body, builds = answer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_other = self.path == "/other"
            content = GOOD if is_other else body
            self.send_response(200 if is_other else status)
            for name, value in {} if is_other else headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever asked has read enough
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/CMD0/box_info.xml"
        field.configure(f'<config><master info="{url}"/><status dir="status"/></config>')
        assert _loads(field, "prot") == builds
        server.shutdown()
        thread.join()
