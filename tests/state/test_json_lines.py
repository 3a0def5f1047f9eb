"""Logs of one JSON object a line: audit log and journal of certificates are written and read in the same way."""

import json
from pathlib import Path
from threading import Thread

from updateserver.base.io import json_lines
from updateserver.login.io.audit import Audit, AuditEntry

NOW = 1_700_000_000


def test_a_torn_line_does_not_swallow_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    audit = Audit(file)
    audit.note(AuditEntry(NOW, "chief", "192.0.2.1", "login"))
    file.write_bytes(file.read_bytes() + b'{"time": 17000')
    audit.note(AuditEntry(NOW + 1, "chief", "192.0.2.1", "delete", "00-90-33-30-00-af"))
    assert [entry.action for entry in audit.newest(9)] == ["delete", "login"]
    assert len(list(json_lines.entries(file))) == 2


def test_whatever_bytes_somebody_sent_can_be_read_again(tmp_path: Path) -> None:
    for subject in ("Müller", "M\udcfcller", "\u2028", "a\nb", "\U0001f4de"):
        Audit(tmp_path / "audit.jsonl").note(AuditEntry(NOW, "", "", "login failed", subject))
        assert Audit(tmp_path / "audit.jsonl").newest(1)[0].subject == subject
    assert len((tmp_path / "audit.jsonl").read_bytes().splitlines()) == 5


def test_long_lines_of_many_threads_do_not_mix(tmp_path: Path) -> None:
    file = tmp_path / "new" / "journal.jsonl"

    def write(writer: int) -> None:
        for number in range(20):
            json_lines.append(file, {"time": NOW, "writer": writer, "number": number, "text": "x" * 100_000})

    threads = [Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = list(json_lines.entries(file))
    assert len(found) == 80
    for writer in range(4):
        assert [one["number"] for one in found if one["writer"] == writer] == list(range(20))
    assert json.dumps(list(json_lines.newest(file, 1 << 30))) == json.dumps(found[::-1])
