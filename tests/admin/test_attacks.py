"""Rows 6, 7, 9, 17, 19 and 34 of the differences, tried as attacks on the admin's pages."""

from urllib.parse import quote

import pytest
from lxml import etree, html

from tests.admin.conftest import CONFIGURATION, MASTER
from tests.admin.visitor import PASSWORD, SN, Visitor, page
from tests.site import Site, answer_to, poll

HWID = "IP232-30-00-af"
EVIL = "'\"><evil onload=x()></script><script>x()</script>{{7*7}}<!--"

# What changes something: fields of a form, and whom it is for.
DEEDS = [
    ("?mode=ui", {"cmd": "delstatus", "sn": SN, "sure": "yes"}),
    ("?mode=ui", {"cmd": "touchstatus", "sn": SN}),
    ("?mode=ui", {"cmd": "delfile", "sn": SN, "file": f"{SN}-request.p10.der", "sure": "yes"}),
    ("?mode=certificate", {"do": "reject", "sn": SN}),
    ("?mode=certificate", {"do": "release", "sn": SN}),
    ("?mode=certificate", {"do": "sign", "sn": SN}),
    ("?mode=certificate", {"do": "upload", "sn": SN}),
    (f"?mode=move&sn={SN}", {"new": "00-90-33-00-00-01"}),
]


@pytest.fixture
def device(served: Site) -> Site:
    """A device that is known, with a backup, a request, and a snippet of its own."""
    served.get(poll(type="IP232"))
    served.put_upload(f"update.php?mode=backup&hwid={HWID}&sn={SN}", "config change CMD0 /name x\r\n")
    served.put(f"certs/{SN}-request.p10.der", b"request")
    served.put(f"certs/{SN}-request.der.key", b"key")
    served.put("scripts/update-all-00_90_33_30_00_af.txt", "config add X\r\n")
    return served


def kept(site: Site) -> dict[str, bytes]:
    """Return what a deed could change."""
    folders = ("status", "certs", "scripts", "backup", f"backup/{HWID}")
    names = [f"{folder}/{name}" for folder in folders for name in site.names(folder)]
    return {name: site.read(name) for name in names if (site.root / name).is_file()}


@pytest.mark.parametrize(("query", "fields"), DEEDS)
def test_no_deed_without_login(stranger: Visitor, device: Site, query: str, fields: dict[str, str]) -> None:
    before = kept(device)
    stranger.get("?nohttps")
    assert stranger.post(query, fields).status == 403
    assert kept(device) == before


@pytest.mark.parametrize("token", ["", "x", "é"])
@pytest.mark.parametrize(("query", "fields"), [*DEEDS, ("?mode=logout", {})])
def test_no_deed_without_token(
    admin: Visitor, device: Site, query: str, fields: dict[str, str], token: str
) -> None:  # fmt: skip
    before = kept(device)
    assert admin.post(query, fields, token=token).status == 403
    assert kept(device) == before
    assert admin.is_in


def test_no_deed_with_the_token_of_another_session(admin: Visitor, device: Site) -> None:
    other = Visitor(device)
    other.log_in()
    other.get("?mode=info")
    other.get(f"?mode=ui&cmd=delstatus&sn={SN}")
    before = kept(device)
    assert admin.post("?mode=ui", DEEDS[0][1], token=other.token).status == 403
    assert kept(device) == before


@pytest.mark.parametrize("cmd", ["delstatus", "touchstatus", f"delfile&file=certs/{SN}-request.p10.der"])
def test_an_old_bookmark_asks_first(admin: Visitor, device: Site, cmd: str) -> None:
    before = kept(device)

    answer = admin.get(f"?mode=ui&cmd={cmd}&sn={SN}")

    assert answer.status == 200
    assert page(answer).xpath(f"//form[@method='post']//input[@name='sn' and @value='{SN}']")
    assert kept(device) == before


def test_a_touch_is_saved(admin: Visitor, device: Site) -> None:
    state = device.state().attrib
    device.put(f"status/{SN}.xml", device.read(f"status/{SN}.xml").replace(state["seen"].encode(), b"1000", 1))
    admin.get("?mode=info")
    admin.get(f"?mode=ui&cmd=touchstatus&sn={SN}")
    assert admin.post("?mode=ui", {"cmd": "touchstatus", "sn": SN}).status == 303
    assert device.state().get("seen") >= state["seen"]


@pytest.mark.parametrize("sn", ["../config/user-config", "..%2f", "x/../../config", ".hidden", "a" * 65, "", "a\0"])
@pytest.mark.parametrize("mode", ["device", "ui&cmd=delstatus", "next", "move", "backup"])
def test_odd_serial_numbers_are_refused(admin: Visitor, device: Site, mode: str, sn: str) -> None:
    before = kept(device)
    assert admin.get(f"?mode={mode}&sn={quote(sn)}").status in (400, 404)
    assert kept(device) == before


@pytest.mark.parametrize(
    "name",
    [
        "config/user-config.xml",
        "../config.xml",
        "backup/../config/user-config.xml",
        f"backup/{HWID}/../../config/user-config.xml",
        "backup/../status/x.0.txt",
        f"/backup/{HWID}/{HWID}.0.txt",
        f"backup//{HWID}.0.txt",
        f"backup/{HWID}/{HWID}.0.txt\0",
        f"backup/{HWID}/{HWID}.0.txt/",
        f"certs/{SN}-request.der.key",
        f"certs/../certs/{SN}-request.p10.der",
        "certs/../config/session-secret",
        "certs/-request.p10.der",
        "/etc/passwd",
        "",
    ],
)
def test_only_files_of_the_data_folders_are_delivered(admin: Visitor, device: Site, name: str) -> None:
    assert device.names("config")
    answer = admin.get(f"?mode=ui&cmd=deliverfile&fn={quote(name)}")
    assert answer.status == 404
    assert "content-disposition" not in answer.headers


@pytest.mark.usefixtures("device")
def test_old_addresses_of_downloads_work(admin: Visitor) -> None:
    backup = admin.get(f"?mode=ui&cmd=deliverfile&fn=backup/{HWID}/{HWID}.0.txt")
    assert (backup.status, backup.body) == (200, b"config change CMD0 /name x")
    assert backup.headers["content-disposition"] == f"attachment; filename={HWID}.0.txt"
    assert admin.get(f"?mode=ui&cmd=deliverfile&fn=certs/{SN}-request.p10.der").body == b"request"


@pytest.mark.parametrize("file", ["../config/user-config.xml", "certs/CAkey-01.cer", f"{SN}.xml", ""])
def test_only_a_devices_own_files_are_removed(admin: Visitor, device: Site, file: str) -> None:
    device.put("certs/CAkey-01.cer", b"CA")
    before = kept(device)
    admin.get("?mode=info")
    admin.get(f"?mode=ui&cmd=delfile&sn={SN}&file={quote(file)}")
    answer = admin.post("?mode=ui", {"cmd": "delfile", "sn": SN, "file": file, "sure": "yes"})
    assert answer.status == 400
    assert kept(device) == before


@pytest.mark.parametrize("content", [b"", b"not a certificate", b"<?php evil(); ?>", b"\x30\x82" + b"\0" * 500])
def test_what_is_no_certificate_of_the_device_is_not_stored(admin: Visitor, device: Site, content: bytes) -> None:
    admin.get(f"?mode=device&sn={SN}")
    before = kept(device)
    answer = admin.upload({"sn": SN, "do": "upload"}, "certificate", content)
    assert answer.status == 409
    assert {name for name in kept(device) if not name.endswith("journal.jsonl")} == set(before)


PAGES = [
    "?mode=status",
    f"?mode=status&open={SN}",
    f"?mode=status&filter={quote(EVIL)}",
    f"?mode=device&sn={SN}",
    f"?mode=next&sn={SN}",
    f"?mode=move&sn={SN}",
    f"?mode=backup&sn={SN}&old=0&new=1",
    "?mode=snippets",
    f"?mode=snippet&fn={quote('scripts/update-all-default.txt')}",
    "?mode=show",
    f"?mode=info&name={quote(EVIL)}&env={quote(EVIL)}",
    f"?mode=ui&cmd=delstatus&sn={SN}&file={quote(EVIL)}",
    f"?mode={quote(EVIL)}",
    f"?mode=device&sn={quote(EVIL)}",
    "?mode=audit",
    "?mode=unknown",
]


@pytest.mark.parametrize("query", PAGES)
def test_a_hostile_device_stays_text(admin: Visitor, device: Site, query: str) -> None:
    be_hostile(device)

    answer = admin.get(query)

    assert answer.status < 500
    assert_harmless(answer.body)


@pytest.mark.usefixtures("device")
def test_a_hostile_login_stays_text(stranger: Visitor) -> None:
    stranger.get("?nohttps")
    assert_harmless(stranger.post("?mode=login", {"user": EVIL, "password": EVIL, "next": EVIL}).body)
    stranger.log_in()
    assert_harmless(stranger.get("?mode=audit").body)
    assert "evil" in stranger.get("?mode=audit").text


def be_hostile(site: Site) -> None:
    """Have every text of the device's state, its answers and files be an attack."""
    for argument in ("ip", "phase", "env", "PROT", "BOOT", "ver", "CHECK"):
        site.get(poll(**{argument: EVIL}))
    escaped = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;").replace('"', "&quot;")
    site.put_upload(answer_to("admin"), f"<info name='{escaped}'><evil>{escaped}</evil></info>")
    state = site.state()
    for element in state.iter():
        for name in element.attrib:
            if name not in ("seen", "time", "delivered", "version", "sn", "hwid", "known", "backup"):
                element.set(name, EVIL)
    state.append(state.makeelement("msgs", {"time": "1", "msg": EVIL}))
    state.append(state.makeelement("config", {"filename": f"scripts/{EVIL}", "delivered": "1", "version": "1"}))
    site.put(f"status/{SN}.xml", etree.tostring(state))
    for number in (0, 1):
        site.put(f"backup/{HWID}/{HWID}.{number}.txt", f"config change CMD0 /name {EVIL}{number}\r\n{EVIL}\r\n")
    site.put(f"certs/{SN}-requesterror", EVIL)
    site.snippet(f"vars create UP1/{EVIL}\r\nconfig change UP1 /url {EVIL}")


def assert_harmless(body: bytes) -> None:
    assert b"<evil" not in body
    assert b"<script>" not in body
    assert b"49<!--" not in body
    document = html.document_fromstring(body.decode())
    assert not document.xpath("//evil | //script[not(@src)] | //@*[starts-with(name(), 'on')]")
    for address in document.xpath("//@href"):
        assert not address.lower().lstrip().startswith(("javascript:", "data:", "vbscript:"))


def test_passwords_are_hidden(admin: Visitor, served: Site) -> None:
    served.configure(MASTER.replace('info=""', 'info="http://user:topsecret@192.0.2.1/x"') + CONFIGURATION)
    for query in ("?mode=show", "?mode=configuration"):
        text = admin.get(query).text
        assert "http://user:" in text
        assert "topsecret" not in text
        assert PASSWORD not in text


def test_the_secrets_of_a_backup_are_shown_on_request_only(admin: Visitor, device: Site) -> None:
    for number in (0, 1):
        device.put(f"backup/{HWID}/{HWID}.{number}.txt", f"config change LDAP0 /pw hush{number}\r\n")
    address = f"?mode=backup&sn={SN}&old=0&new=1"
    assert "hush" not in admin.get(address).text
    assert "hush1" in admin.get(f"{address}&secrets=1").text
    assert "secrets shown" in admin.get("?mode=audit").text


LINES_WITH_SECRETS = (
    "config change LDAP0 /host ldap.example.com /pw hush",
    "config change SIG /Key hush /id 12",
    "vars create WEBDAV/PASSWORD c hush",
    "vars create UP1/SECRET p hush hush",
    "mod cmd UP1 prov http://admin:hush@h@192.0.2.7/x ser",
    "mod cmd FLASHDIR0 add-view pwd='hush' id=1",
    "config change PHONE APP/GW /user admin,hush",
)


@pytest.mark.parametrize("line", LINES_WITH_SECRETS)
def test_the_secrets_of_a_snippet_are_shown_on_request_only(admin: Visitor, device: Site, line: str) -> None:
    device.configure(MASTER + '<status dir="status"/>')  # so that the device gets its snippets
    name = "scripts/update-all-default.txt"
    device.put(name, f"# a comment\r\n{line}\r\nconfig add CMD0 /name Lobby\r\n", age=3600)
    shown_on_request = (f"?mode=snippet&fn={quote(name)}", f"?mode=next&sn={SN}")
    for address in (*shown_on_request, "?mode=show", "?mode=snippets"):
        text = admin.get(address).text
        assert "hush" not in text, address
        assert ("Lobby" in text) == (address != "?mode=snippets")
        assert ("secrets=1" in text) == (address in shown_on_request)
    assert "secrets shown" not in admin.get("?mode=audit").text
    for address in shown_on_request:
        assert "hush" in admin.get(f"{address}&secrets=1").text
    assert admin.get("?mode=audit").text.count("secrets shown") == 2


@pytest.mark.parametrize("method", ["PUT", "HEAD"])
def test_other_methods_change_nothing(admin: Visitor, device: Site, method: str) -> None:
    before = kept(device)
    admin.ask(method, f"?mode=ui&cmd=delstatus&sn={SN}&sure=yes&token={admin.token}")
    assert kept(device) == before
