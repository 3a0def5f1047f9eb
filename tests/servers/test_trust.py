"""Who gets snippets: one set of callers, and each of them before lighttpd, Apache and the embedded server.

`docs/web-servers.md` shows the same set as a table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

import pytest
from lxml import etree

from tests.certificates.kit import QUERIES, done
from tests.servers.program import PROJECT
from tests.servers.trusting import (
    ALL,
    LISTED,
    LONG_AGO,
    LONG_HENCE,
    Authorities,
    Trusting,
    authorities,
    have_configured,
    made_for,
    trusting,
    with_chain,
)
from tests.site import Answer
from updateserver.virtual.credential import Credential
from updateserver.virtual.factory import self_signed
from updateserver.virtual.identity import DeviceIdentity

WILDCARD = "phones.example.com"
OTHER = DeviceIdentity(sn="00-90-33-00-00-b0")
SNIPPET = "config add CMD0 /name secret"
CONFIGURATION = (
    f'<master info=""/><status dir="status"/><backup dir="backup"/>{QUERIES}'
    '<times forcehttps="true" forcetrust="true" httpsport="{port}"/>'
    f'<customcerts dir="certs" CAname="{",".join(LISTED)}" CAwildcard="{WILDCARD}" '
    'CAsubject="C=DE,O=innovaphone" CSRdn-cn="{hwid}"/>'
)
TOLD = (
    '<info><servercert><certificate subject_cn="x" issuer_cn="My CA" not_before="01.01.2020-00:00:00" '
    'not_after="01.01.2049-00:00:00"/></servercert></info>'
)
SUCCESS, NONE, NO_TLS = "SUCCESS", "NONE", "no TLS"
EVERYWHERE = "SUCCESS", "SUCCESS", "SUCCESS"
IN_HANDSHAKE = "refused in the handshake"


def pretended(phone: DeviceIdentity) -> dict[str, str]:
    """Return request headers with the names of a web server's variables."""
    names = {"SSL_CLIENT_VERIFY": SUCCESS, "SSL_CLIENT_S_DN_CN": phone.hwid, "SSL_CLIENT_I_DN_CN": "My CA"}
    told = names | {"HTTPS": "on", "SERVER_PORT": "444"}
    return told | {name.replace("_", "-"): value for name, value in told.items()}


@dataclass(frozen=True)
class Caller:
    """Somebody who says to be a phone."""

    title: str
    shows: Callable[[Authorities, DeviceIdentity], Credential | None]
    verify: tuple[str, str, str]  # what each server makes of it: SSL_CLIENT_VERIFY
    said: str  # in the script
    delivered: bool = False
    headers: Callable[[DeviceIdentity], Mapping[str, str]] = lambda _: {}
    plain: bool = False  # on the port without TLS
    hwid: str = ""

    @property
    def row(self) -> str:
        """How the documentation has it."""
        cells = (f"`{one}`" if one[0].isupper() else one for one in self.verify)
        return f"| {self.title} | {' | '.join(cells)} | {'yes' if self.delivered else 'no'} | `{self.said}` |"

    def poll(self, at: Trusting, phone: DeviceIdentity) -> Answer | None:
        return self.call(at, phone, f"type={phone.type}&sn={phone.sn}&hwid={self.hwid or phone.hwid}&ip=172.16.0.20")

    def call(self, at: Trusting, phone: DeviceIdentity, query: str, body: str | None = None) -> Answer | None:
        base = at.web.url if self.plain else at.web.mtls_url
        sent = None if body is None else body.encode()
        return at.call(f"{base}update.php?{query}", self.shows(authorities(), phone), sent, self.headers(phone))


def by_wildcard(they: Authorities, phone: DeviceIdentity) -> Credential:
    return they.own.issue(DeviceIdentity(sn=phone.sn, hwid=WILDCARD))


SELF_SIGNED, UNKNOWN_CA, UNKNOWN_CHAIN, EXPIRED, TOO_EARLY = (
    (f"FAILED:error:000000{number:02X}:lib(0)::reason({number})", IN_HANDSHAKE, IN_HANDSHAKE)
    for number in (18, 21, 19, 10, 9)
)
CALLERS = (
    Caller(
        "certificate of innovaphone's first CA, whose name has no CN",
        lambda they, phone: they.first.issue(phone),
        EVERYWHERE,
        "good certificate",
        delivered=True,
    ),
    Caller(
        "certificate of innovaphone's second CA",
        lambda they, phone: they.second.issue(phone),
        EVERYWHERE,
        "good certificate",
        delivered=True,
    ),
    Caller(
        "certificate of your own CA",
        lambda they, phone: they.own.issue(phone),
        EVERYWHERE,
        "good certificate",
        delivered=True,
    ),
    Caller(
        "early certificate, which says `IP232s-...`",
        lambda they, phone: they.first.issue(phone, early=True),
        EVERYWHERE,
        "good certificate",
        delivered=True,
    ),
    Caller("certificate for `@CAwildcard`", by_wildcard, EVERYWHERE, "good certificate", delivered=True),
    Caller("no certificate", lambda *_: None, (NONE, NONE, NONE), "SSL_CLIENT_S_DN_CN not present"),
    Caller("self-signed certificate", lambda _, phone: self_signed(phone), SELF_SIGNED, "it is self-signed"),
    Caller(
        "certificate of another CA with the name of yours",
        lambda they, phone: they.namesake.issue(phone),
        UNKNOWN_CA,
        "none of the CAs that it trusts made it",
    ),
    Caller(
        "the same with its whole chain",
        lambda they, phone: with_chain(they.namesake, phone),
        UNKNOWN_CHAIN,
        "none of the CAs that it trusts made it",
    ),
    Caller(
        "expired certificate",
        lambda they, phone: made_for(they.own, phone.hwid, end=LONG_AGO),
        EXPIRED,
        "it has expired",
    ),
    Caller(
        "certificate that is not valid yet",
        lambda they, phone: made_for(they.own, phone.hwid, begin=LONG_HENCE),
        TOO_EARLY,
        "it is not valid yet",
    ),
    Caller(
        "certificate of a CA that the web server trusts, but `@CAname` does not list",
        lambda they, phone: they.unlisted.issue(phone),
        EVERYWHERE,
        "which is not in CAname",
    ),
    Caller(
        "certificate whose subject is not as `@CAsubject` wants it",
        lambda they, phone: made_for(they.own, phone.hwid),
        EVERYWHERE,
        "does not hold CAsubject",
    ),
    Caller("certificate of another device", lambda they, _: they.own.issue(OTHER), EVERYWHERE, "but identifies as"),
    Caller(
        "another device, with its own certificate and hardware id, and with this one's `sn`",
        lambda they, _: they.own.issue(OTHER),
        EVERYWHERE,
        "belongs to another device",
        hwid=OTHER.hwid,
    ),
    Caller(
        "no certificate, but request headers such as `SSL_CLIENT_VERIFY: SUCCESS`",
        lambda *_: None,
        (NONE, NONE, NONE),
        "SSL_CLIENT_S_DN_CN not present",
        headers=pretended,
    ),
    Caller(
        "the same on the port without TLS, with `HTTPS: on`",
        lambda *_: None,
        ("nothing", "nothing", "nothing"),
        "currently NOT using HTTPS",
        headers=pretended,
        plain=True,
    ),
)
STRANGERS = [caller for caller in CALLERS if not caller.delivered]
SERIALS = count(1)


@pytest.fixture(params=ALL, scope="module")
def at(request: pytest.FixtureRequest) -> Iterator[Trusting]:
    with trusting(request.param, CONFIGURATION.replace("{port}", "444")) as at:
        have_configured(at, CONFIGURATION, debugcerts="true")
        at.site.snippet(SNIPPET)
        yield at


@pytest.fixture
def phone(at: Trusting) -> DeviceIdentity:
    """A phone that told of a good certificate, and proved nothing yet."""
    phone = DeviceIdentity(sn=f"00-90-33-30-{next(SERIALS):02x}-af")
    assert at.call(f"{at.web.url}update.php?type={phone.type}&sn={phone.sn}&hwid={phone.hwid}&ip=172.16.0.20")
    answer = at.call(f"{at.web.url}update.php?mode=query&sn={phone.sn}&id=certificates", body=TOLD.encode())
    assert answer
    assert answer.status == 200
    return phone


def uploads(caller: Caller, at: Trusting, phone: DeviceIdentity) -> Iterator[Answer | None]:
    """Send all that a device can send."""
    request = f"certs%2F{phone.sn}-request.p10.der&proc=var2bin&postproc=createPemFromDer"
    yield caller.call(at, phone, f"mode=query&sn={phone.sn}&id=admin", "<info/>")
    shown = TOLD.replace("My CA", "x").replace("</info>", "<requests><request/></requests></info>")
    yield caller.call(at, phone, f"mode=query&sn={phone.sn}&id=certificates", shown)
    yield caller.call(at, phone, f"mode=vardump&sn={phone.sn}&var=X509/REQUEST&file={request}", "X509/REQUEST pb 3082")
    yield backup(caller, at, phone)


def backup(caller: Caller, at: Trusting, phone: DeviceIdentity) -> Answer | None:
    return caller.call(at, phone, f"mode=backup&hwid={phone.hwid}&sn={phone.sn}", "config change CMD0 /name x")


def proves(at: Trusting, phone: DeviceIdentity) -> None:
    """Have a phone prove by its own CA's certificate who it is."""
    assert SNIPPET in polled(CALLERS[2], at, phone).text
    assert f"{phone.sn}-identity.json" in at.site.names("certs")


def polled(caller: Caller, at: Trusting, phone: DeviceIdentity) -> Answer:
    answer = caller.poll(at, phone)
    assert answer
    return answer


def known(at: Trusting, phone: DeviceIdentity) -> tuple[dict[str, bytes], bytes]:
    """Return all that is kept, but for when somebody called as the phone and what was logged of that."""
    files, state = at.kept(), at.site.state(phone.sn)
    files.pop(f"status/{phone.sn}.xml")
    for message in state.findall("msgs"):
        state.remove(message)
    state.attrib.pop("seen", None)
    return files, etree.tostring(state)


@pytest.mark.parametrize("caller", CALLERS, ids=[caller.title for caller in CALLERS])
def test_snippets_go_to_the_device_itself_and_others_are_told_why_not(
    at: Trusting, phone: DeviceIdentity, caller: Caller
) -> None:
    verify = caller.verify[ALL.index(at.web.name)]
    answer = caller.poll(at, phone)
    assert (answer is None) == (verify == IN_HANDSHAKE)
    if answer:
        assert answer.status == 200
        assert (SNIPPET in answer.text) == caller.delivered
        assert caller.said in answer.text
        assert at.variables().get("SSL_CLIENT_VERIFY", "nothing") == verify
    assert (f"{phone.sn}-identity.json" in at.site.names("certs")) == caller.delivered


@pytest.mark.parametrize("caller", CALLERS, ids=[caller.title for caller in CALLERS])
def test_backups_are_taken_from_the_device_itself_only(at: Trusting, phone: DeviceIdentity, caller: Caller) -> None:
    answer = backup(caller, at, phone)
    assert (answer is not None and answer.status == 200) == caller.delivered
    assert (phone.hwid in at.site.names("backup")) == caller.delivered


@pytest.mark.parametrize("caller", STRANGERS, ids=[caller.title for caller in STRANGERS])
def test_after_a_device_has_proved_itself_strangers_change_nothing(
    at: Trusting, phone: DeviceIdentity, caller: Caller
) -> None:
    proves(at, phone)
    before = known(at, phone)
    for answer in uploads(caller, at, phone):
        assert answer is None or answer.status == 403
    answer = caller.poll(at, phone)
    assert answer is None or SNIPPET not in answer.text
    assert known(at, phone) == before
    proves(at, phone)


@pytest.mark.parametrize("caller", STRANGERS, ids=[caller.title for caller in STRANGERS])
def test_after_a_device_has_proved_itself_strangers_get_no_certificate_steps(
    at: Trusting, phone: DeviceIdentity, caller: Caller
) -> None:
    proves(at, phone)
    report = TOLD.replace("My CA", "x")  # so it is to have another one
    told = CALLERS[2].call(at, phone, f"mode=query&sn={phone.sn}&id=certificates", report)
    assert told
    assert told.status == 200
    answer = caller.poll(at, phone)
    assert answer is None or "servercert-create" not in answer.text
    assert "servercert-create" in polled(CALLERS[2], at, phone).text


def test_a_released_device_starts_anew_and_proves_itself_again(at: Trusting, phone: DeviceIdentity) -> None:
    nobody = next(caller for caller in CALLERS if caller.title == "no certificate")
    proves(at, phone)
    assert "it had shown a certificate" in done(at.site, "release", phone.sn)
    assert f"{phone.sn}-identity.json" not in at.site.names("certs")

    query, certificates, request, kept_out = uploads(nobody, at, phone)
    assert [answer and answer.status for answer in (query, certificates, request, kept_out)] == [200, 200, 200, 403]

    told = CALLERS[2].call(at, phone, f"mode=query&sn={phone.sn}&id=certificates", TOLD)
    assert told
    assert told.status == 200
    proves(at, phone)


def test_a_device_that_was_reset_is_known_by_its_factory_certificate(at: Trusting, phone: DeviceIdentity) -> None:
    proves(at, phone)
    assert [answer and answer.status for answer in uploads(CALLERS[0], at, phone)] == [200, 200, 200, 200]


def test_the_documentation_has_these_callers_as_a_table() -> None:
    lines = (PROJECT / "docs" / "web-servers.md").read_text().splitlines()
    begin = lines.index(next(line for line in lines if line.startswith("| who calls |")))
    assert lines[begin + 2 : begin + 2 + len(CALLERS)] == [caller.row for caller in CALLERS]
    assert not lines[begin + 2 + len(CALLERS)].startswith("|")
