"""Attempts to have the server's own CA certify somebody else's name, or more than a device needs."""

import pytest
from cryptography import x509
from cryptography.x509 import NameOID

from tests.attacks.test_identity import asking_for, sends, signing
from tests.certificates.kit import done
from tests.certificates.test_requests import names, request
from tests.differences.test_row_22_identity import call
from tests.site import HWID, SN, Site, site
from updateserver.certificates.policy import Proven, unproven_names
from updateserver.trust.certificate import AlternativeNames, PublicKey, SigningRequest

__all__ = ["signing", "site"]

NAMES = ["intranet", "intranet.example.com", "www", "cfo-laptop", "administrator", "00-90-33-30-00", "IP232-30-00",
         "0090333000a", "x0090333000af", "localhost", "192.0.2.7"]  # fmt: skip
EXTENSIONS: dict[str, x509.ExtensionType] = {
    "a CA": x509.BasicConstraints(ca=True, path_length=0),
    "to sign others": x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False
    ),
    "to serve": x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]),
    "to sign code": x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]),
    "anything": x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
}  # fmt: skip


def sent(site: Site, wanted: bytes, name: str = "") -> list[str]:
    """Send a request as the usual device, or as one of that name; return the certificates that were made."""
    return sends(site, name or SN, name or HWID, wanted)


def named(cn: str, **more: str) -> bytes:
    """Make a request for a name and further parts of the subject."""
    kinds = {"ou": NameOID.ORGANIZATIONAL_UNIT_NAME, "o": NameOID.ORGANIZATION_NAME, "l": NameOID.LOCALITY_NAME}
    return request(name=[(NameOID.COMMON_NAME, cn), *((kinds[kind], text) for kind, text in more.items())])


@pytest.mark.parametrize("serverauth", ["", "true"])
def test_a_name_that_is_no_serial_number_waits_for_an_admin(signing: Site, serverauth: str) -> None:
    asking_for(signing)
    own = signing.read("config/user-config.xml").decode()
    signing.put("config/user-config.xml", own.replace("<customcerts ", f'<customcerts serverauth="{serverauth}" '))
    for name in NAMES:
        assert sent(signing, named(name), name) == []


def test_nor_does_it_become_an_alternative_name(signing: Site) -> None:
    asking_for(signing, san_dns_1="{hwid}.example.com", san_dns_2="{sn}.example.com")
    for name in NAMES:
        wanted = names(x509.DNSName(f"{name}.example.com"))
        assert sent(signing, request(wanted, name=[(NameOID.COMMON_NAME, name)]), name) == []


def test_why_it_waits_is_told_and_an_admin_may_sign_it(signing: Site) -> None:
    asking_for(signing)
    sent(signing, named("intranet"), "intranet")
    assert "'intranet' is no serial number: it could be the name of anything" in done(signing, "show", "intranet")
    done(signing, "sign", "intranet")
    assert "intranet-signedrequest.cer" in signing.names("certs")


@pytest.mark.parametrize("template", ["{name}", "Team {name}", "{hwid} {name}"])
@pytest.mark.parametrize("kind", ["ou", "o", "l"])
def test_a_subject_holds_nothing_that_the_device_says_of_itself(signing: Site, kind: str, template: str) -> None:
    asking_for(signing, **{f"dn_{kind}": template})
    call(signing, f"mode=query&sn={SN}&id=admin", '<info name="admins"/>')
    text = template.replace("{name}", "admins").replace("{hwid}", HWID)
    assert sent(signing, named(HWID, **{kind: text})) == []
    told = done(signing, "show", SN)
    assert f"to be looked at: {kind.upper()}='{text}' is unverified" in told


@pytest.mark.parametrize("template", ["Phones", "{hwid}", "{sn} of Team A", "{ip}"])
def test_what_is_known_may_stand_in_a_subject(signing: Site, template: str) -> None:
    asking_for(signing, dn_ou=template)
    text = template.replace("{hwid}", HWID).replace("{sn}", SN.replace("-", "")).replace("{ip}", "192.0.2.7")
    assert sent(signing, named(HWID, ou=text)) == [f"{SN}-signedrequest.cer"]


@pytest.mark.parametrize("told", ["198.51.100.1", "192.0.2.77", "2001:db8::1"])
def test_an_address_in_a_subject_is_not_the_callers_word(told: str) -> None:
    key = PublicKey("EC", 256, "")
    wanted = SigningRequest((("CN", HWID), ("OU", told)), AlternativeNames(), key, is_signed=True)
    proven = Proven(SN, HWID, "192.0.2.7")
    assert list(unproven_names(wanted, {"dn-cn": "{hwid}", "dn-ou": "{ip}"}, proven))


@pytest.mark.parametrize("extension", EXTENSIONS.values(), ids=EXTENSIONS)
def test_what_a_certificate_is_good_for_is_not_the_requests_word(signing: Site, extension: x509.ExtensionType) -> None:
    asking_for(signing)
    sent(signing, request(extension, name=[(NameOID.COMMON_NAME, HWID)]))
    for name in signing.names("certs"):
        if name.endswith("-signedrequest.cer"):
            made = x509.load_der_x509_certificate(signing.read(f"certs/{name}"))
            assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            assert not made.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
            usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            assert list(usages) == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize(
    "subject",
    [
        [(NameOID.COMMON_NAME, HWID), (NameOID.COMMON_NAME, "IP111-30-00-af")],
        [(NameOID.COMMON_NAME, "IP111-30-00-af"), (NameOID.COMMON_NAME, HWID)],
        [(NameOID.COMMON_NAME, HWID), (NameOID.EMAIL_ADDRESS, "chief@example.com")],
        [(NameOID.COMMON_NAME, HWID), (NameOID.USER_ID, "chief")],
        [(NameOID.COMMON_NAME, HWID), (NameOID.DOMAIN_COMPONENT, "example")],
        [(NameOID.COMMON_NAME, HWID), (NameOID.ORGANIZATION_NAME, "innovaphone")],
        [(NameOID.COMMON_NAME, f"{HWID}\0.example.com")],
        [(NameOID.COMMON_NAME, f"{HWID},OU=admins")],
        [(NameOID.COMMON_NAME, f"{HWID}/OU=admins")],
        [(NameOID.COMMON_NAME, f"{HWID} ")],
        [(NameOID.COMMON_NAME, HWID.lower())],
    ],
    ids=str,
)
def test_a_subject_has_what_was_asked_for_and_nothing_else(
    signing: Site, subject: list[tuple[x509.ObjectIdentifier, str]]
) -> None:
    asking_for(signing)
    assert sent(signing, request(name=subject)) == []


@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName("intranet.example.com"),
        x509.DNSName("*.example.com"),
        x509.RFC822Name("chief@example.com"),
        x509.UniformResourceIdentifier("https://intranet.example.com"),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x05chief"),
    ],
    ids=repr,
)
def test_no_other_alternative_name_is_signed(signing: Site, name: x509.GeneralName) -> None:
    asking_for(signing)
    assert sent(signing, request(names(name), name=[(NameOID.COMMON_NAME, HWID)])) == []


@pytest.mark.parametrize("asked", ["{hwid}", "{sn}", ""])
def test_nobody_gets_the_certificate_that_stands_for_all(signing: Site, asked: str) -> None:
    asking_for(signing, dn_cn=asked)
    own = signing.read("config/user-config.xml").decode()
    signing.put("config/user-config.xml", own.replace("<customcerts ", '<customcerts CAwildcard="phones.example.com" '))
    assert sent(signing, named("phones.example.com")) == []
