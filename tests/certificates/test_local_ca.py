"""Our own CA: how it is made and kept, and that what it makes is what RFC 5280 wants."""

import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.certificates.kit import CA, LOCAL, SN, configuration, done, init_ca, make_phone, poll_until_requested, run
from tests.certificates.wrong_files import OTHER_KEY, Ca, key_pem, usage
from tests.site import Site

PASSPHRASE = "very secret"  # noqa: S105 -- of a CA that lives as long as its test
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def off(site: Site) -> Site:
    """An installation that is to have a CA, and has none yet."""
    site.configure(configuration(LOCAL))
    return site


def test_the_key_is_its_owners_only(off: Site) -> None:
    said = init_ca(off)
    assert mode(off.root / "config/ca/key.pem") == 0o600
    assert mode(off.root / "config/ca") == 0o700
    assert "Keep a copy" in said
    assert x509.load_der_x509_certificate(off.read("certs/CAkey-01.cer")).subject.rfc4514_string() == f"CN={CA}"


def test_it_says_what_is_to_be_set(off: Site) -> None:
    off.configure('<master info=""/><customcerts dir="certs"/>')
    said = init_ca(off, "--name", "ACME")
    assert 'write CAtype="local"' in said
    assert "Add 'ACME' to customcerts/@CAname" in said


def test_a_ca_is_never_replaced(off: Site) -> None:
    init_ca(off)
    before = off.read("config/ca/key.pem")
    assert "There is a CA already" in run(off, "init-ca").output
    assert off.read("config/ca/key.pem") == before


def test_files_of_a_ca_that_are_there_stay(off: Site) -> None:
    off.put("certs/CAkey-01.cer", "mine")
    assert "Devices go on getting CAkey-01.cer" in init_ca(off)
    assert off.read("certs/CAkey-01.cer") == b"mine"


@pytest.mark.parametrize("way", ["file", "environment"])
def test_a_key_can_be_encrypted(served: Site, tmp_path: Path, way: str) -> None:
    served.configure(configuration(LOCAL))
    file = tmp_path / "passphrase"
    file.write_bytes(PASSPHRASE.encode() + b"\n")
    named = ("--passphrase-file", str(file)) if way == "file" else ("--passphrase-env", "SECRET")
    init_ca(served, *named, SECRET=PASSPHRASE)
    assert load_pem_private_key(served.read("config/ca/key.pem"), PASSPHRASE.encode())

    poll_until_requested(make_phone(served), served)
    assert "the key of the CA is encrypted" in run(served, "sign", SN).output
    wrong = run(served, "sign", SN, UPDATESERVER_CA_PASSPHRASE=PASSPHRASE[1:])
    assert "the passphrase is wrong" in wrong.output
    if way == "file":
        done(served, "sign", SN, UPDATESERVER_CA_PASSPHRASE_FILE=str(file))
    else:
        done(served, "sign", SN, UPDATESERVER_CA_PASSPHRASE=PASSPHRASE)


def test_an_intermediate_is_taken_with_those_above_it(served: Site, tmp_path: Path) -> None:
    root = Ca.named("Root")
    below = Ca(OTHER_KEY, root.make(OTHER_KEY.public_key(), AUTHORITY, usage("key_cert_sign"), cn="Below"))
    (tmp_path / "key").write_bytes(key_pem(OTHER_KEY))
    pems = [one.public_bytes(Encoding.PEM) for one in (root.certificate, below.certificate)]
    (tmp_path / "chain").write_bytes(b"".join(pems))
    served.configure(configuration(LOCAL | {"CAname": "Below"}))
    done(served, "init-ca", "--key", str(tmp_path / "key"), "--cert", str(tmp_path / "chain"))
    assert served.names("certs") == ["CAkey-01.cer", "CAkey-02.cer"]

    phone = make_phone(served)
    poll_until_requested(phone, served)
    done(served, "sign", SN)
    phone.run_until_rest(max_polls=10)
    assert phone.x509.credential
    assert [one.issuer.rfc4514_string() for one in phone.x509.credential.chain] == ["CN=Below", "CN=Root", "CN=Root"]


@pytest.mark.parametrize(
    ("key", "certificate", "told"),
    [
        (key_pem(OTHER_KEY), Ca.named("X").certificate, "the certificate was not made for this key"),
        (key_pem(OTHER_KEY), Ca.named("X").make(OTHER_KEY.public_key()), "is no CA (CA:TRUE is missing)"),
        (
            key_pem(OTHER_KEY),
            Ca.named("X").make(OTHER_KEY.public_key(), AUTHORITY, usage("digital_signature")),
            "may not sign certificates",
        ),
        (b"nonsense", Ca.named("X").certificate, "the key of the CA cannot be read"),
    ],
    ids=["other key", "no CA", "may not sign", "no key"],
)
def test_what_makes_no_ca_is_refused(
    off: Site, tmp_path: Path, key: bytes, certificate: x509.Certificate, told: str
) -> None:
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "certificate").write_bytes(certificate.public_bytes(Encoding.PEM))
    result = run(off, "init-ca", "--key", str(tmp_path / "key"), "--cert", str(tmp_path / "certificate"))
    assert result.exit_code == 1
    assert told in result.output
    assert not (off.root / "config/ca/key.pem").exists()


@pytest.fixture
def issued(local: Site) -> Site:
    """An installation whose CA has signed a phone's request."""
    poll_until_requested(make_phone(local), local)
    done(local, "sign", SN)
    return local


@pytest.mark.parametrize(
    ("purpose", "options", "is_good"),
    [("sslclient", [], True), ("sslserver", [], False), ("sslclient", ["--server-auth"], True),
     ("sslserver", ["--server-auth"], True)],
)  # fmt: skip
def test_openssl_takes_its_certificates_for_what_they_were_made_for(
    local: Site, tmp_path: Path, purpose: str, options: list[str], is_good: bool
) -> None:
    issued = local
    poll_until_requested(make_phone(local), local)
    done(local, "sign", SN, *options)
    leaf = x509.load_der_x509_certificate(issued.read(f"certs/{SN}-signedrequest.cer"))
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    authority = issued.root / "config/ca/certificate.pem"
    verified = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", authority, tmp_path / "leaf.pem"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (verified.returncode == 0) == is_good, verified.stderr


def test_its_certificates_hold_what_was_asked_for_and_no_more(issued: Site) -> None:
    leaf = x509.load_der_x509_certificate(issued.read(f"certs/{SN}-signedrequest.cer"))
    request = x509.load_der_x509_csr(issued.read(f"certs/{SN}-request.p10.der"))
    assert leaf.subject == request.subject
    assert leaf.public_key() == request.public_key()
    assert 728 <= (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days <= 730
    assert leaf.serial_number.bit_length() > 64
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_ends_with_the_ca(served: Site) -> None:
    served.configure(configuration(LOCAL | {"CAdays": "1000"}))
    init_ca(served, "--days", "500")
    poll_until_requested(make_phone(served), served)
    done(served, "sign", SN)
    leaf = x509.load_der_x509_certificate(served.read(f"certs/{SN}-signedrequest.cer"))
    authority = x509.load_pem_x509_certificate(served.read("config/ca/certificate.pem"))
    assert leaf.not_valid_after_utc == authority.not_valid_after_utc


def test_a_ca_whose_name_is_not_accepted_does_not_sign(local: Site) -> None:
    poll_until_requested(make_phone(local), local)
    local.configure(configuration(LOCAL | {"CAname": "Another"}))
    assert "which is not in customcerts/@CAname (Another)" in run(local, "sign", SN).output


def test_without_catype_local_nobody_signs(manual: Site) -> None:
    init_ca(manual)
    poll_until_requested(make_phone(manual), manual)
    assert 'only with customcerts/@CAtype="local"' in run(manual, "sign", SN).output
