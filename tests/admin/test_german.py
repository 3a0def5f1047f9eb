"""No German page says anything in English: the catalogue holds all texts, and each page words what the rules found."""

import ast
import errno
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import html

from tests.admin.conftest import MASTER
from tests.admin.test_rules import GERMAN, PAGES
from tests.admin.visitor import Visitor, page
from tests.certificates.kit import LOCAL, configuration, init_ca, make_phone, poll_until_requested
from tests.certificates.test_requests import WRONG, request
from tests.certificates.wrong_files import WRONG as WRONG_FILES
from tests.certificates.wrong_files import Ca
from tests.site import Answer, Site, poll
from updateserver.certificates.io.journal import Journal
from updateserver.certificates.progress import Stage
from updateserver.poll.io.refusals import REASONS
from updateserver.web.admin.catalog import catalog_of

_PROGRAM = PAGES.parents[1]
_CATALOG = catalog_of(PAGES / "languages" / GERMAN)

# Which argument of a call is a text for people.
_TEXT_AT = {"Message": 0, "warning": 0, "error": 0, "fatal": 0, "of_file": 1, "_Problem": 0, "TextFault": 1,
            "translate": 0, "count": 0}  # fmt: skip
_ENGLISH = re.compile(
    r"\b(the|is|are|of|and|not|which|has|have|cannot|its|it|with|this|that|your|for|from|to|by|be|device|devices|"
    r"request|waits|since|asked|told|no|on|or)\b"
)


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in _PROGRAM.rglob("*.py"):
        if not {"cli", "virtual"} & set(path.parts):
            yield path, ast.parse(path.read_text())


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.JoinedStr | ast.BinOp):  # no catalogue could hold it
        yield ast.unparse(node)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(name):
            return name
        case ast.Attribute(attr=("translate" | "count") as name):
            return name
    return ""


def _texts(tree: ast.Module) -> Iterator[str]:
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (at := _TEXT_AT.get(_called(node))) is not None and len(node.args) > at:
            text = node.args[at]
            for one in assigned.get(text.id, []) if isinstance(text, ast.Name) else [text]:
                yield from _literals(one)


def test_the_catalogue_holds_all_that_rules_find() -> None:
    texts = {text for _, tree in _modules() for text in _texts(tree)} | set(REASONS.values()) | set(Stage)
    assert len(texts) > 300
    assert texts - set(_CATALOG.texts) - set(_CATALOG.plurals) == set()


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    said = {node.value for _, tree in _modules() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    said |= {os.strerror(number) for number in errno.errorcode}
    templates = "".join(path.read_text() for path in PAGES.glob("templates/*.html"))
    made = {"{what}: {path}", "{what} ({todo})", "{what}: {path} ({todo})"}
    kept = {text for text in _CATALOG.texts if text not in said and text not in templates}
    assert kept - made - {f"{action} refused" for action in ("sign", "upload", "reject", "release")} - _LONG == set()


# Texts that are put together from a fixed beginning and a fixed end.
_LONG = {
    "its CN is {cn!r}, which is not this device: {hwid} or {sn}; write {{hwid}} or {{sn}} into customcerts/@CSRdn-cn",
    *(text for text in _CATALOG.texts if text.startswith("calls were passed on by ")),
}


_AS_IT_IS = ("//pre", "//code", "//script", "//q", "//footer", "//*[@id='log']", "//ol[@class='listing']",
             "//*[@class='unfolded']//ol")  # fmt: skip


def english(answer: Answer) -> list[str]:
    """Return what a page says in English; code, scripts, files and devices' logs apart."""
    if not answer.body:  # it leads to another page
        return []
    document = page(answer)
    for left_out in document.xpath("|".join(_AS_IT_IS)):
        left_out.drop_tree()
    return [text for text in _said(document) if _ENGLISH.search(text)]


def _said(document: html.HtmlElement) -> Iterator[str]:
    for text in document.xpath("//body//text()|//title/text()"):
        yield " ".join(re.sub(r"[\w.-]*[-./@][\w./@*-]*", "", str(text)).split())
    for name in ("title", "aria-label", "data-one", "data-many", "data-trouble", "alt", "placeholder"):
        yield from (str(value) for value in document.xpath(f"//body//@{name}") if "172.16." not in value)


def german(visitor: Visitor, query: str) -> Answer:
    answer = visitor.get(query)
    assert english(answer) == [], query
    return answer


@pytest.fixture
def troubled(served: Site, admin: Visitor) -> Site:
    """An installation with each kind of trouble; somebody with a German browser looks at it."""
    admin.language = "de,en;q=0.5"
    served.configure(configuration(LOCAL).replace('<master info=""/>', MASTER).replace(
        '<status dir="status"/>', '<status dir="status"/><backup dir="backup" nbackups="3" scfg="0"/>'))  # fmt: skip
    served.put("scripts/update-all-default.txt", "config change UP1 /url x\r\nvars create A p secret\r\nreset\r\n")
    served.put("scripts/updte-all-default.txt", "config change X\r\n")
    served.put("cache/unnamed-proxies", f"192.0.2.9 {2**31}\n")
    init_ca(served)
    return served


def _with_requests(site: Site, contents: list[bytes]) -> list[str]:
    serials = [f"00-90-33-00-01-{number:02x}" for number in range(len(contents))]
    for sn, content in zip(serials, contents, strict=True):
        site.put(f"certs/{sn}-request.p10.der", content)
    return serials


def test_what_is_wrong_with_requests(troubled: Site, admin: Visitor) -> None:
    serials = _with_requests(troubled, [*(content for content, _ in WRONG.values()), request()])
    conflict = {"key": "a" * 64, "address": "192.0.2.1", "time": 1_700_000_000, "count": 2,
                "why": "another request for this serial number came while this one is waiting"}  # fmt: skip
    troubled.put(f"certs/{serials[-1]}-conflict.json", json.dumps(conflict))
    for sn in serials:
        troubled.get(poll(sn=sn, hwid=f"SWPHONE-{sn[9:]}", type="SWPHONE"))
        german(admin, f"?mode=device&sn={sn}")
        admin.post("?mode=certificate", {"do": "sign", "sn": sn})
    german(admin, "?mode=audit")
    assert "nicht angefordert war" in admin.get("?mode=audit").text
    german(admin, "?mode=status")


def test_what_is_wrong_with_certificates(troubled: Site, admin: Visitor) -> None:
    ca = Ca.named("My CA")
    troubled.configure(troubled.read("config/user-config.xml").decode().removeprefix("<config>").removesuffix(
        "</config>").replace("Update Server CA", "My CA").replace('CAtype="local"', ""))  # fmt: skip
    troubled.put("certs/CAkey-01.cer", ca.certificate.public_bytes(Encoding.DER))
    phone = make_phone(troubled)
    poll_until_requested(phone, troubled)
    sn = phone.identity.sn
    shown = german(admin, f"?mode=device&sn={sn}")
    assert "wartet auf die CA" in shown.text
    waiting = x509.load_der_x509_csr(troubled.read(f"certs/{sn}-request.p10.der"))
    for make, _ in WRONG_FILES.values():
        admin.get(f"?mode=device&sn={sn}")
        answer = admin.upload({"sn": sn, "do": "upload"}, "certificate", make(ca, waiting))
        assert answer.status in (409, 413)
        assert english(answer) == []
        troubled.put(f"certs/{sn}-signedrequest.cer", make(ca, waiting))
        german(admin, f"?mode=device&sn={sn}")
        (troubled.root / f"certs/{sn}-signedrequest.cer").unlink()
    german(admin, "?mode=audit")


def test_the_history_of_a_certificate(troubled: Site, admin: Visitor) -> None:
    phone = make_phone(troubled)
    poll_until_requested(phone, troubled)
    sn = phone.identity.sn
    for action in ("sign", "sign", "reject", "release", "release"):
        admin.get(f"?mode=device&sn={sn}")
        answer = admin.post("?mode=certificate", {"do": action, "sn": sn})
        assert english(answer) == []
        german(admin, f"?mode=device&sn={sn}")
    text = german(admin, f"?mode=device&sn={sn}").text
    for said in ("signiert", "von einem Admin verlangt", "abgelehnt"):
        assert said in text
    assert Journal(troubled.root / "certs").newest(sn, 1)[0]["reasons"]
    german(admin, "?mode=audit")


def test_what_is_wrong_with_devices(troubled: Site, admin: Visitor) -> None:
    states = {
        "00-90-33-00-02-01": '<msgs time="1" msg="x"/><msgs time="2" msg="invalid phase: gone"/>',
        "00-90-33-00-02-02": '<msgs time="1" msg="x"/><msgs time="2" msg="invalid environment: gone"/>',
    }
    for sn, messages in states.items():
        troubled.put(f"status/{sn}.xml", f'<state seen="{int(time.time())}"><device type="IP232"/>{messages}</state>')
    troubled.put("status/00-90-33-00-02-03.xml", "no state")
    undefined = f'<state seen="{int(time.time())}" phase="gone"><device type="IP232" phase="gone"/></state>'
    troubled.put("status/00-90-33-00-02-04.xml", undefined)
    text = german(admin, "?mode=status").text
    assert "ungültige Phase: gone" in text
    assert "ungültige Umgebung: gone" in text
    for number in range(1, 5):
        german(admin, f"?mode=device&sn=00-90-33-00-02-{number:02x}")


@pytest.mark.parametrize(
    "query",
    [
        "?mode=show", "?mode=snippets", "?mode=snippet&fn=scripts/update-all-default.txt", "?mode=info&name=x",
        "?mode=unknown", "?mode=nowhere", "?mode=device&sn=../x", "?mode=device&sn=none", "?mode=logout",
        "?mode=snippet&fn=none", "?mode=backup&sn=00-90-33-30-00-af", "?mode=next&sn=none",
        "?mode=next&sn=00-90-33-30-00-af", "?mode=move&sn=00-90-33-30-00-af", "?mode=device&sn=00-90-33-30-00-af",
        "?mode=status&open=00-90-33-30-00-af", "?mode=status&filter=none",
        "?mode=backup&sn=00-90-33-30-00-af&old=0&new=1",
        "?mode=ui&cmd=delstatus&sn=00-90-33-30-00-af", "?mode=ui&cmd=touchstatus&sn=00-90-33-30-00-af",
    ],
)  # fmt: skip
def test_every_page(troubled: Site, admin: Visitor, query: str) -> None:
    troubled.get(poll())
    troubled.put("backup/IP232-30-00-af/IP232-30-00-af.0.txt", "config change A /x 1\r\nvars create B p hidden\r\n")
    troubled.put("backup/IP232-30-00-af/IP232-30-00-af.1.txt", "config change A /x 2\r\n")
    german(admin, query)


def test_what_admins_did(troubled: Site, admin: Visitor) -> None:
    troubled.get(poll())
    troubled.put("scripts/update-all-00_90_33_30_00_af.txt", "x\r\n")
    sn = "00-90-33-30-00-af"
    admin.get(f"?mode=move&sn={sn}")
    admin.post(f"?mode=move&sn={sn}", {"new": "00-90-33-30-00-b0"})
    for command in ("touchstatus", "delstatus"):
        admin.get("?mode=status")
        admin.post("?mode=ui", {"cmd": command, "sn": sn, "sure": "yes", "next": "?mode=status"})
        german(admin, "?mode=status")
    Visitor(troubled, language="de").log_in("somebody", "wrong")
    text = german(admin, "?mode=audit").text
    assert "1 Snippet für 00-90-33-30-00-b0" in text
    assert "Anmeldung gescheitert" in text


def test_a_snippet_that_cannot_be_read(troubled: Site, admin: Visitor) -> None:
    (troubled.root / "scripts/update-all-x.txt").symlink_to("nowhere.txt")
    german(admin, "?mode=snippets")
    german(admin, "?mode=show")


def test_a_configuration_that_cannot_be_used(troubled: Site, admin: Visitor) -> None:
    troubled.put("config/user-config.xml", "<config>")
    german(admin, "?mode=status")


def test_who_did_not_log_in(served: Site) -> None:
    stranger = Visitor(served, language="de")
    german(stranger, "")
    german(stranger, "?nohttps")
    assert english(stranger.log_in("x", "y")) == []
