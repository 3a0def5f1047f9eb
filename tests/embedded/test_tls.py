"""HTTPS: the server's own certificate, and what an application is told of the client's."""

import http.client
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from updateserver.web.embedded import EmbeddedServer, Listener
from updateserver.web.embedded.server_certificate import server_context


def ask(server: EmbeddedServer, context: ssl.SSLContext) -> dict[str, str]:
    connection = http.client.HTTPSConnection(*server.addresses[0], context=context)
    try:
        connection.request("GET", "/update/update.php", headers={"SSL-Client-Verify": "SUCCESS"})
        told: dict[str, str] = json.loads(connection.getresponse().read())
        return told
    finally:
        connection.close()


def trusting(root: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=root / "config" / "server-cert.pem")


def test_certificate_is_made_once_and_its_key_is_private(root: Path) -> None:
    server_context(root)
    key, certificate = root / "config" / "server-key.pem", root / "config" / "server-cert.pem"
    made = key.read_bytes(), certificate.read_bytes()
    server_context(root)
    assert (key.read_bytes(), certificate.read_bytes()) == made
    assert key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (root / "config").iterdir()) == [
        "server-cert.pem",
        "server-key.pem",
        "user-config.xml",
    ]


def test_certificate_without_its_key_is_an_error_and_is_kept(root: Path) -> None:
    certificate = root / "config" / "server-cert.pem"
    certificate.write_text("the admin's own")
    with pytest.raises(FileNotFoundError, match=r"server-key\.pem"):
        server_context(root)
    assert certificate.read_text() == "the admin's own"


def test_https_is_told_to_the_application(root: Path) -> None:
    with EmbeddedServer(root, listeners=[Listener("127.0.0.1", 0, server_context(root))]) as server:
        told = ask(server, trusting(root))
        assert server.url == f"https://127.0.0.1:{server.port}/mtls/update/"
    assert (told["HTTPS"], told["wsgi.url_scheme"], told["SSL_CLIENT_VERIFY"]) == ("on", "https", "NONE")
    assert "SSL_CLIENT_S_DN_CN" not in told


def test_client_certificate_is_told_to_the_application(root: Path, tmp_path: Path) -> None:
    pem = client_certificate(tmp_path / "client.pem", organisation="Müller & Co", cn="IP232-00-00-01")
    context = server_context(root)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(tmp_path / "client.pem")
    client = trusting(root)
    client.load_cert_chain(tmp_path / "client.pem")
    with EmbeddedServer(root, listeners=[Listener("127.0.0.1", 0, context)]) as server:
        told = ask(server, client)
    assert told["SSL_CLIENT_VERIFY"] == "SUCCESS"
    assert told["SSL_CLIENT_S_DN_CN"] == told["SSL_CLIENT_I_DN_CN"] == "IP232-00-00-01"
    assert told["SSL_CLIENT_I_DN_OU"] == "Phones"
    assert told["SSL_CLIENT_S_DN"].encode("latin-1").decode() == "CN=IP232-00-00-01,OU=Phones,O=Müller & Co"
    assert told["SSL_CLIENT_CERT"] == pem


def test_silent_tls_client_keeps_nobody_waiting(root: Path) -> None:
    with EmbeddedServer(root, listeners=[Listener("127.0.0.1", 0, server_context(root))]) as server:
        silent = [connect_silently(server) for _ in range(5)]
        assert ask(server, trusting(root))["HTTPS"] == "on"
        for connection in silent:
            connection.close()


def connect_silently(server: EmbeddedServer) -> socket.socket:
    return socket.create_connection(server.addresses[0])


def client_certificate(path: Path, organisation: str, cn: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    oid, now = x509.NameOID, datetime.now(UTC)
    parts = {oid.ORGANIZATION_NAME: organisation, oid.ORGANIZATIONAL_UNIT_NAME: "Phones", oid.COMMON_NAME: cn}
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    path.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem.decode()
