"""What check-config says of what an experienced admin would see; and the pages with it."""

import datetime as dt
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.field.field import Field

NAMES = [
    "Update-all-default.txt", "update-all-default.TXT", "update_all_default.txt", "update-all.txt",
    "updte-all-default.txt",
    "update-all-defualt.txt", "update-all-default - Kopie.txt", "update-all-default (1).txt",
    "update-all-default.txt.bak",
    "update-all-default.txt~", "update-all-default.txt.txt", "all-all-all.txt", "update-phnoe-default.txt",
    "Kopie von update-all-default.txt", "update-all-default",
]  # fmt: skip


@pytest.mark.parametrize("beside", [False, True])
def test_08_old_custom_code_is_an_error(field: Field, beside: bool) -> None:
    field.case("08-scripting-class-left")
    if beside:
        field.site.put("config/scripting.py", "")
    outcome = field.check()
    assert ("config/scripting.class.php" in outcome.output) is not beside
    assert outcome.exit_code == (0 if beside else 1)


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("172.16.0.10/CMD0/box_info.xml", "172.16.0.10/CMD0/box_info.xml", "master/@info"),
        ("172.16.0.10/CMD0/box_info.xml", "htp://172.16.0.10/CMD0/box_info.xml", "master/@info"),
        ("172.16.0.10/CMD0/box_info.xml", "None", "master/@info"),
        ("172.16.0.10/CMD0/box_info.xml", "file:///etc/passwd", "master/@info"),
        ("http://fw.example.com", "fw", "fwstorage/@url"),
        ("http://fw.example.com", "fw/", "fwstorage/@url"),
        ("http://fw.example.com", "fw/{Build}/", "fwstorage/@url"),
        ("http://fw.example.com", "fw/{build}", "fwstorage/@url"),
        ("http://fw.example.com", "htp://fw.example.com/{build}/", "fwstorage/@url"),
        ("http://fw.example.com", "fw.example.com/{build}/", "fwstorage/@url"),
        ("http://fw.example.com", "http://fw.example.com/build/", "fwstorage/@url"),
        ('<status dir="status"/>', '<status dir="status"/><times allow="22, 23"/>', "times/@allow"),
    ],
)
def test_16_values_that_mislead_the_fleet_are_told(field: Field, old: str, new: str, element: str) -> None:
    output = field.case("16-check-config-urls").change(old, new).check().output
    assert f"config/user-config.xml:1: {element}: " in output


@pytest.mark.parametrize(
    "url", ["fw/{build}/", "http://fw.example.com/{build}/", "fw/{build}/{model}.bin", "fw/{build}/{filename}"]
)
def test_16_what_is_right_is_not_told(field: Field, url: str) -> None:
    field.case("16-check-config-urls")
    field.change('url="http://fw.example.com"', f'url="{url}"')
    assert "fwstorage" not in field.check().output


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """Serve HTTPS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "reference")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(9))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "reference.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Silent) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the other side hangs up
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/v13/box_info.xml"
        server.shutdown()
        thread.join()


def test_17_a_reference_device_that_cannot_be_verified_is_told(field: Field, self_signed: str) -> None:
    field.case("17-master-self-signed").change("https://127.0.0.1:19231/v13/box_info.xml", self_signed)
    field.poll()
    output = field.check().output
    assert "master/@info" in output
    assert "certificate" in output


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_23_a_snippet_that_an_editor_marked_is_told(field: Field, encoding: str) -> None:
    field.case("23-snippet-bom")
    field.site.put("scripts/update-all-default.txt", "config change BOM\r\n".encode(encoding))
    assert "scripts/update-all-default.txt" in field.check().output


def test_23_a_plain_snippet_is_not_told(field: Field) -> None:
    field.case("23-snippet-bom")
    field.site.put("scripts/update-all-default.txt", "config change Büro\r\n")
    assert field.check().output == "No problems found.\n"


@pytest.mark.parametrize("name", NAMES)
def test_36_a_snippet_that_no_device_can_get_is_told(field: Field, name: str) -> None:
    field.case("36-misnamed-snippets")
    field.site.put(f"scripts/{name}", "config change X\r\n")
    assert f"scripts/{name}" in field.check().output


@pytest.mark.parametrize(
    "name", ["update-all-default.txt", "update-phone-default.txt", "update-ip232-00_90_33_30_00_af.txt"]
)
def test_36_a_snippet_that_devices_get_is_not_told(field: Field, name: str) -> None:
    field.case("36-misnamed-snippets")
    field.site.put(f"scripts/{name}", "config change X\r\n")
    assert field.check().output == "No problems found.\n"
