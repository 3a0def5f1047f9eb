"""Mutual TLS: who is asked for a certificate, who is let in, and what the admin reads about it."""

import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.embedded.conftest import read_all
from tests.embedded.test_serve import start
from updateserver.virtual.credential import Credential
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.identity import DeviceIdentity
from updateserver.web.embedded import EmbeddedServer, Listener
from updateserver.web.embedded.client_authorities import ask_for_certificates, authorities_in, usual_files
from updateserver.web.embedded.server_certificate import local_addresses, own_context, server_context

PHONE = DeviceIdentity("IP232", "00-90-33-30-00-af")


@pytest.fixture(scope="module")
def factory() -> DeviceAuthority:
    return DeviceAuthority("Maker of phones")


def pem(authority: DeviceAuthority) -> bytes:
    return authority.certificate.public_bytes(Encoding.PEM)


@pytest.fixture
def mutual(root: Path, factory: DeviceAuthority) -> Iterator[EmbeddedServer]:
    (root / "config" / "client-ca.pem").write_bytes(pem(factory))
    context = server_context(root)
    ask_for_certificates(context, authorities_in(usual_files(root)))
    with EmbeddedServer(root, listeners=[Listener("127.0.0.1", 0, context)]) as server:
        yield server


def shown(credential: Credential | None, tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if credential:
        file = tmp_path / "client.pem"
        file.write_bytes(credential.pem())
        context.load_cert_chain(file)
    return context


def ask(server: EmbeddedServer, context: ssl.SSLContext, folder: str = "/update/") -> dict[str, str]:
    connection = http.client.HTTPSConnection(*server.addresses[0], context=context)
    try:
        connection.request("GET", f"{folder}update.php")
        told: dict[str, str] = json.loads(connection.getresponse().read())
        return told
    finally:
        connection.close()


@pytest.mark.parametrize("folder", ["/update/", "/mtls/update/"])
def test_a_device_proves_who_it_is(
    mutual: EmbeddedServer, factory: DeviceAuthority, tmp_path: Path, folder: str
) -> None:
    told = ask(mutual, shown(factory.issue(PHONE), tmp_path), folder)
    expected = {
        "SSL_CLIENT_VERIFY": "SUCCESS",
        "SSL_CLIENT_S_DN_CN": "IP232-30-00-af",
        "SSL_CLIENT_I_DN_OU": "Maker of phones",
        "SERVER_PORT": str(mutual.port),
        "HTTPS": "on",
        "SCRIPT_NAME": f"{folder}update.php",
    }
    assert {name: told[name] for name in expected} == expected


def test_a_device_without_certificate_is_let_in(mutual: EmbeddedServer, tmp_path: Path) -> None:
    assert ask(mutual, shown(None, tmp_path))["SSL_CLIENT_VERIFY"] == "NONE"


@pytest.mark.parametrize(
    "stranger", [self_signed(PHONE), DeviceAuthority("Maker of phones").issue(PHONE)], ids=["itself", "another CA"]
)
def test_an_untrusted_certificate_is_refused_and_the_log_says_whose(
    mutual: EmbeddedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, stranger: Credential
) -> None:
    with pytest.raises(OSError, match=r"alert|reset|closed|EOF"):
        ask(mutual, shown(stranger, tmp_path))
    assert ask(mutual, shown(None, tmp_path))["HTTPS"] == "on"
    (record,) = [record for record in caplog.records if record.name == "updateserver.tls"]
    assert "certificate of 127.0.0.1 refused" in record.getMessage()
    assert not record.exc_info


def test_a_certificate_of_an_issuing_authority_is_trusted_without_its_root(
    root: Path, factory: DeviceAuthority, tmp_path: Path
) -> None:
    issued = factory.issue(PHONE)  # as if it was an authority below the factory's
    (root / "config" / "client-ca.pem").write_bytes(issued.chain[0].public_bytes(Encoding.PEM))
    context = server_context(root)
    ask_for_certificates(context, authorities_in(usual_files(root)))
    with EmbeddedServer(root, listeners=[Listener("127.0.0.1", 0, context)]) as server:
        assert ask(server, shown(issued, tmp_path))["SSL_CLIENT_VERIFY"] == "SUCCESS"


def test_authorities_are_found_where_the_configuration_and_the_admin_put_them(
    root: Path, factory: DeviceAuthority
) -> None:
    own, second = DeviceAuthority("Own", common_name=True), DeviceAuthority("Second")
    (root / "certs").mkdir()
    (root / "certs" / "CAkey-01.pem").write_bytes(pem(own) + pem(second))
    (root / "certs" / "CAkey-02.cer").write_bytes(factory.certificate.public_bytes(Encoding.DER))
    (root / "certs" / "other.pem").write_bytes(pem(factory))
    (root / "config" / "client-ca.pem").write_bytes(pem(factory))
    found = authorities_in(usual_files(root))
    assert [(authority.name, authority.file.name) for authority in found] == [
        ("Own", "CAkey-01.pem"),
        ("Second", "CAkey-01.pem"),
        ("Maker of phones", "CAkey-02.cer"),
        ("Maker of phones", "client-ca.pem"),
    ]
    assert [path.name for path in usual_files(root, "certs", "other*")] == ["other.pem", "client-ca.pem"]


def hello() -> bytes:
    """The first bytes of a TLS handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_silent_and_slow_handshakes_keep_nobody_waiting(
    mutual: EmbeddedServer, factory: DeviceAuthority, tmp_path: Path
) -> None:
    slow = [socket.create_connection(mutual.addresses[0]) for _ in range(60)]
    for place, byte in enumerate(hello()[:100]):
        for connection in slow[30:]:
            connection.send(bytes([byte]))
        if place % 20 == 0:
            assert ask(mutual, shown(factory.issue(PHONE), tmp_path))["SSL_CLIENT_VERIFY"] == "SUCCESS"
    for connection in slow:
        connection.close()


def test_a_handshake_that_takes_too_long_is_given_up(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "updateserver.tls")
    monkeypatch.setattr("updateserver.web.embedded.sockets.HANDSHAKE", 0.05)
    listeners = [Listener("127.0.0.1", 0, server_context(root))]
    with EmbeddedServer(root, listeners=listeners) as server, socket.create_connection(server.addresses[0]) as caller:
        caller.send(hello()[:10])
        assert read_all(caller) == b""
    assert "no handshake with 127.0.0.1" in caplog.text


def test_http_on_the_https_port_is_one_line_of_the_log(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "updateserver.tls")
    listeners = [Listener("127.0.0.1", 0, server_context(root))]
    with EmbeddedServer(root, listeners=listeners) as server, socket.create_connection(server.addresses[0]) as caller:
        caller.send(b"GET /update/update.php HTTP/1.1\r\nHost: x\r\n\r\n")
        read_all(caller)
    assert "no handshake with 127.0.0.1: http request" in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


def test_a_server_with_silent_clients_stops_all_the_same(root: Path) -> None:
    with EmbeddedServer(root, listeners=[Listener("127.0.0.1", 0, server_context(root))]) as server:
        silent = [socket.create_connection(server.addresses[0]) for _ in range(5)]
    for connection in silent:
        with connection, contextlib.suppress(ConnectionResetError):  # as one that was not even accepted yet
            assert read_all(connection) == b""


def test_the_self_made_certificate_names_all_addresses_of_this_computer(root: Path) -> None:
    server_context(root)
    certificate = x509.load_pem_x509_certificate((root / "config" / "server-cert.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == local_addresses()
    assert {"localhost", socket.gethostname()} <= set(names.get_values_for_type(x509.DNSName))
    assert str(local_addresses()[0]) == "127.0.0.1"
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lifetime.days >= 3650


def test_a_certificate_that_is_not_the_keys_is_a_clear_error(tmp_path: Path, factory: DeviceAuthority) -> None:
    first, second = tmp_path / "first.pem", tmp_path / "second.pem"
    first.write_bytes(factory.issue_server("localhost").pem())
    second.write_bytes(factory.issue_server("localhost").pem())
    assert own_context(first, first)
    with pytest.raises(ValueError, match=r"first\.pem with key .*second\.pem cannot be used: key values mismatch"):
        own_context(first, second)


def said(process: "subprocess.Popen[str]") -> str:
    """What the program says at its start."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    process.terminate()
    process.communicate()
    return "".join(lines)


def test_the_program_says_whom_it_trusts_and_how_it_is_called(
    root: Path, factory: DeviceAuthority, tmp_path: Path
) -> None:
    authority, own = tmp_path / "factory.pem", tmp_path / "own.pem"
    authority.write_bytes(pem(factory))
    own.write_bytes(factory.issue_server("localhost").pem())
    options = ("--https", "0", "--mtls", "0", "--client-ca", str(authority), "--cert", str(own))
    with start(root, *options) as process:
        text = said(process)
    assert f"trusted: Maker of phones ({authority})" in text
    assert "by mutual TLS:                 https://127.0.0.1:" in text
    assert ":0/" not in text
    assert not (root / "config" / "server-key.pem").exists()


def test_the_program_says_what_to_do_where_it_trusts_nobody(root: Path) -> None:
    with start(root, "--mtls", "0") as process:
        text = said(process)
    assert "NO certification authority is trusted" in text
    assert "config/client-ca.pem" in text
    assert "--client-ca" in text


def test_the_program_warns_where_devices_are_sent_to_a_port_that_is_not_open(root: Path) -> None:
    (root / "config.xml").write_bytes((Path(__file__).parents[2] / "config.xml").read_bytes())
    own = '<config><master info=""/><times forcehttps="true" httpsport="4444"/></config>'
    (root / "config" / "user-config.xml").write_text(own)
    with start(root, "--mtls", "0") as process:
        assert "sends devices to port 4444, which is not opened here" in said(process)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--key", os.devnull), "name that with --cert"),
        (("--mtls", "0", "--client-ca", "update.py"), "contains no certificate"),
        (("--https", "0", "--cert", "update.py"), "cannot be used"),
    ],
)
def test_what_cannot_be_used_is_a_clear_error(root: Path, options: tuple[str, ...], complaint: str) -> None:
    named = [str(root / option) if option.endswith(".py") else option for option in options]
    with start(root, *named) as process:
        errors = process.communicate()[1]
    assert complaint in errors
    assert "Traceback" not in errors


def test_authorities_may_lie_in_a_folder_and_lack_their_last_line(root: Path) -> None:
    folder = root / "certs" / "ca"
    folder.mkdir(parents=True)
    names = [f"CA {number}" for number in range(2)]
    for name in names:
        begin = pem(DeviceAuthority(name, common_name=True)).partition(b"-----END")[0]
        (folder / f"{name}.cer").write_bytes(begin.replace(b"BEGIN", b"begin"))
    assert [authority.name for authority in authorities_in(usual_files(root, "certs", "ca/*.cer"))] == names
