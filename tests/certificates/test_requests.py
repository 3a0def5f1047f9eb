"""Requests that are not what was asked for: kept as they came, shown for what they are, never signed."""

from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.certificates.kit import (
    HWID,
    POLICY,
    SN,
    configuration,
    done,
    journal,
    listed,
    make_phone,
    poll_until,
    poll_until_requested,
    run,
)
from tests.site import Site, answer_to

EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
NAME = [(NameOID.COMMON_NAME, HWID), (NameOID.ORGANIZATION_NAME, "ACME Müller")]
ARGUMENTS = {
    "mode": "vardump", "sn": SN, "var": "X509/REQUEST", "file": f"certs/{SN}-request.p10.der", "proc": "var2bin",
    "postproc": "createPemFromDer",
}  # fmt: skip
ASKED = f"update.php?{urlencode(ARGUMENTS)}"


def request(
    *extensions: x509.ExtensionType,
    name: list[tuple[x509.ObjectIdentifier, str]] = NAME,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = EC_KEY,
) -> bytes:
    subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in name])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def names(*names: x509.GeneralName) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(list(names))


def with_another_ones_signature() -> bytes:
    mine = request()
    return mine[:-8] + bytes(byte ^ 1 for byte in mine[-8:])


WRONG = {
    "garbage": (b"no request", "it is no signing request (PKCS#10)"),
    "truncated": (request()[:-10], "it is no signing request (PKCS#10)"),
    "forged signature": (with_another_ones_signature(), "its signature is not that of its key"),
    "weak key": (
        request(key=rsa.generate_private_key(65537, 1024)),  # noqa: S505 -- that is what is tried
        "the key is weak: RSA with 1024 bits, at least 2048 are needed",
    ),
    "small curve": (request(key=ec.generate_private_key(ec.SECP224R1())), "EC with 224 bits, at least 256"),
    "other kind of key": (request(key=ed25519.Ed25519PrivateKey.generate()), "the key is Ed25519"),
    "other device's name": (
        request(name=[(NameOID.COMMON_NAME, "SWPHONE-00-00-99"), NAME[1]]),
        f"its CN is 'SWPHONE-00-00-99', which is not this device: {HWID} or {SN}",
    ),
    "two names": (request(name=[*NAME, (NameOID.COMMON_NAME, "x")]), "it names CN more than once"),
    "another organization": (
        request(name=[NAME[0], (NameOID.ORGANIZATION_NAME, "Evil")]),
        "its O is 'Evil', requested was 'ACME Müller'",
    ),
    "no organization": (request(name=NAME[:1]), "its O is '', requested was 'ACME Müller'"),
    "a further attribute": (
        request(name=[*NAME, (NameOID.ORGANIZATIONAL_UNIT_NAME, "Admins")]),
        "it names OU='Admins', which was not requested",
    ),
    "somebody else's DNS name": (
        request(names(x509.DNSName("admin.example.com"))),
        "it names the DNS name 'admin.example.com', which was not requested",
    ),
    "a web address": (
        request(names(x509.UniformResourceIdentifier("https://x"))),
        "it names 'UniformResourceIdentifier:https://x', which was not requested",
    ),
    "a CA": (
        request(x509.BasicConstraints(ca=True, path_length=None)),
        "it asks for a certificate that may sign others (CA:TRUE)",
    ),
}


@pytest.fixture
def known(local: Site) -> Site:
    """An installation that knows the phone: it has called, and was asked for a request."""
    phone = make_phone(local)
    poll_until(phone, lambda: f"{SN}-asked.json" in local.names("certs"))
    shows_request(local)
    return local


def shows_request(site: Site) -> None:
    """Have the device answer that it has made a request, so that it is asked for it."""
    answer = "<info><requests><request/></requests></info>"
    assert site.put_upload(answer_to("certificates", SN), answer).status == 200


def sent(site: Site, content: bytes) -> int:
    return site.put_upload(ASKED, f"X509/REQUEST pb {content.hex()}\r\n").status


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_kept_and_shown_but_never_signed(known: Site, content: bytes, told: str) -> None:
    known.configure(configuration(POLICY))
    assert sent(known, content) == 200
    assert known.read(f"certs/{SN}-request.p10.der") == content
    assert known.read(f"certs/{SN}-request.p10.pem").startswith(b"-----BEGIN CERTIFICATE REQUEST-----")

    row = listed(known, "--stuck")[SN]
    assert row["state"] == "does not fit"
    assert any(told in reason for reason in row["why"])
    assert told in done(known, "show", SN)
    assert told in run(known, "sign", SN).output
    assert told in run(known, "sign", SN, "--despite-conflict").output
    assert done(known, "sign", "--all-that-fit") == ""
    assert told in run(known, "upload", SN, "-", given=content).output
    assert f"{SN}-signedrequest.cer" not in known.names("certs")
    assert told in done(known, "explain", SN)
    assert journal(known) == [("request", "device")]


def test_a_right_request_fits(known: Site) -> None:
    assert sent(known, request()) == 200
    assert listed(known)[SN]["state"] == "waiting for CA"
    assert "unverified" in done(known, "show", SN)


def test_a_request_that_is_sent_twice_is_in_the_journal_once(known: Site) -> None:
    assert sent(known, request()) == 200
    assert sent(known, known.read(f"certs/{SN}-request.p10.der")) == 200
    assert journal(known) == [("request", "device")]


def test_tries_with_other_keys_are_counted_and_fill_no_journal(known: Site) -> None:
    mine = request()
    assert sent(known, mine) == 200
    assert [sent(known, request(key=OTHER_KEY)) for _ in range(5)] == [409] * 5
    assert known.read(f"certs/{SN}-request.p10.der") == mine
    assert journal(known) == [("request", "device"), ("conflict", "device")]
    row = listed(known)[SN]
    assert row["state"] == "conflict"
    assert "from 127.0.0.1, 5 times" in row["why"][0]


def test_an_admin_who_compared_the_keys_signs_despite_a_conflict(known: Site) -> None:
    sent(known, request())
    sent(known, request(key=OTHER_KEY))
    assert "another request" in run(known, "sign", SN).output
    done(known, "sign", SN, "--despite-conflict")
    assert listed(known)[SN]["state"] == "signed"


def test_a_rejected_request_leads_to_another_one(local: Site) -> None:
    phone = make_phone(local)
    first = poll_until_requested(phone, local)
    assert "request removed" in done(local, "reject", SN, "--reason", "not mine")
    assert sent(local, first) == 409
    assert "not mine" in done(local, "show", SN)

    poll_until(phone, lambda: "X509/REQUEST" not in phone.variables)
    phone.keys = phone.x509._keys = lambda kind: OTHER_KEY  # noqa: ARG005
    second = poll_until_requested(phone, local)
    assert second != first
    assert listed(local)[SN]["state"] == "waiting for CA"
    assert journal(local) == [("request", "device"), ("rejected", "command"), ("request", "device")]
    done(local, "sign", SN)


def test_rejecting_clears_an_error_that_the_device_kept_without_its_request(local: Site) -> None:
    phone = make_phone(local)
    phone.variables.create("X509/REQUESTERROR", "p", "no luck", phone.clock())
    poll_until(phone, lambda: "STOPPED" in phone.poll().script)
    assert listed(local)[SN]["state"] == "error"
    assert "there was no request here" in done(local, "reject", SN)
    poll_until_requested(phone, local)
    assert "X509/REQUESTERROR" not in phone.variables
