"""What an answer, a device's page and its next script read and parse: each thing once, however many ask for it."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509
from lxml import etree

from tests.admin.conftest import MASTER
from tests.admin.visitor import Visitor
from tests.certificates.kit import LOCAL, QUERIES, SN, done, make_phone, poll_until, poll_until_requested
from tests.site import Site, answer_to

CONFIGURED = f"{MASTER}<status dir='status'/><backup dir='backup'/>{QUERIES}"


@dataclass
class Work:
    """What was opened and parsed since `begin`."""

    is_on: bool = False
    opened: Counter[str] = field(default_factory=Counter)  # by the last folder and the name
    parsed: Counter[str] = field(default_factory=Counter)  # by kind

    def begin(self) -> None:
        self.opened.clear()
        self.parsed.clear()
        self.is_on = True

    def of(self, folder: str) -> dict[str, int]:
        """Return what was opened in a folder, and how often."""
        self.is_on = False
        return {name: count for name, count in self.opened.items() if name.startswith(f"{folder}/")}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    counted = Work()

    def seen(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and counted.is_on and isinstance(arguments[0], (str, bytes)) and arguments[0]:
            path = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode()
            counted.opened["/".join(path.split("/")[-2:])] += 1

    sys.addaudithook(seen)
    fromstring, load = etree.fromstring, x509.load_der_x509_csr

    def parse_xml(text: Any, *rest: Any) -> Any:
        content = text if isinstance(text, bytes) else str(text).encode()
        counted.parsed["state" if b"<msgs" in content or b"<device" in content else "answer"] += counted.is_on
        return fromstring(text, *rest)

    def parse_request(content: bytes) -> Any:
        counted.parsed["request"] += counted.is_on
        return load(content)

    monkeypatch.setattr(etree, "fromstring", parse_xml)
    monkeypatch.setattr(x509, "load_der_x509_csr", parse_request)
    yield counted
    counted.is_on = False


@pytest.fixture
def waiting(served: Site) -> Site:
    """An installation with a device whose request waits for an admin."""
    attributes = " ".join(f'{name}="{value}"' for name, value in LOCAL.items())
    served.configure(f"{CONFIGURED}<customcerts {attributes}/>")
    done(served, "init-ca")
    poll_until_requested(make_phone(served), served)
    return served


def test_an_answer_is_parsed_once(served: Site, work: Work) -> None:
    served.configure(CONFIGURED)
    phone = make_phone(served)
    phone.poll()
    phone.poll()
    work.begin()
    assert served.put_upload(answer_to("admin", SN), "<info name='Lobby'/>").status == 200
    opened = work.of("status")
    assert work.parsed == {"answer": 1, "state": 2}
    assert opened[f"status/{SN}.xml"] == 3  # before and after the body has arrived, and under the lock


@pytest.mark.usefixtures("waiting")
def test_the_page_of_a_device_reads_each_file_once(admin: Visitor, work: Work) -> None:
    admin.get(f"?mode=device&sn={SN}")
    work.begin()
    text = admin.get(f"?mode=device&sn={SN}").text
    assert "SWPHONE-00-00-77" in text
    opened = work.of("status") | work.of("certs")
    twice = {name for name, count in opened.items() if count > 1}
    assert twice == {f"certs/{SN}-identity.json"}  # for the device, and for its certificate
    assert work.parsed == {"state": 1, "request": 1}


def test_the_next_script_is_told_by_values(admin: Visitor, served: Site, work: Work) -> None:
    served.configure(f"{MASTER}<status dir='status'/>")
    poll_until(make_phone(served), lambda: f"{SN}.xml" in served.names("status"))
    served.put("scripts/update-all-default.txt", "config add A\r\n# { begin script 'scripts/update-none.txt' \r\n")
    served.put("scripts/update-phone-default.txt", "config add B\r\n# scripts/update-none.txt 9 mins\r\n")
    work.begin()
    text = admin.get(f"?mode=next&sn={SN}").text
    opened = work.of("status")
    assert opened == {f"status/{SN}.xml": 2}  # for the page, and by the poll that is previewed
    assert work.parsed["state"] == 2
    table = text[text.index("<table") : text.index("</table>")]
    assert table.count("fate new") == 2
    assert "update-none" not in table
