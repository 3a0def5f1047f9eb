"""Where devices load firmware from and send backups to, for whatever an admin may write."""

import json

import pytest
from click.testing import CliRunner

from tests.site import Site, poll, served, site
from updateserver.cli.check_config import check_config

__all__ = ["served", "site"]
MASTER = '<master info="none" firmware="130986" bootcode="113454"/>'
NAMES = '<filenames><model id="ip232" prot="alt.bin" boot="alt-boot.bin"/></filenames>'


def told(site: Site, element: str) -> list[str]:
    output = CliRunner().invoke(check_config, ["--root", str(site.root), "--json"]).output
    return [finding["message"] for finding in json.loads(output) if finding["element"] == element]


def loaded(site: Site, configuration: str, **arguments: str) -> list[str]:
    """Return from where a device loads firmware and boot code; B stands for the server's own folder."""
    site.configure(MASTER + configuration)
    base = site.server.url if site.server else ""
    lines = site.get(poll(**arguments)).lines
    urls = [line.split(" ")[4] for line in lines if line.startswith(("mod cmd UP0 prot", "mod cmd UP0 boot"))]
    return [url.replace(base, "B/") for url in urls]


@pytest.mark.parametrize(
    ("url", "prot", "boot"),
    [
        ("fw/{build}/", "B/fw/130986/", "B/fw/113454/"),
        ("/fw/{build}/", "B/fw/130986/", "B/fw/113454/"),
        ("fw/{build}/{filename}", "B/fw/130986/ip232.bin", "B/fw/113454/boot232.bin"),
        ("fw/{build}/{model}/{filetype}.bin", "B/fw/130986/IP232/prot.bin", "B/fw/113454/IP232/boot.bin"),
        ("fw/{build}/{build}-{filename}", "B/fw/130986/130986-ip232.bin", "B/fw/113454/113454-boot232.bin"),
        ("load.php?b={build}&amp;f={filename}", "B/load.php?b=130986&f=ip232.bin", "B/load.php?b=113454&f=boot232.bin"),
        ("https://h.example.com/{build}/", "https://h.example.com/130986/", "https://h.example.com/113454/"),
        ("tftp://192.0.2.1/{filename}", "tftp://192.0.2.1/ip232.bin", "tftp://192.0.2.1/boot232.bin"),
        ("http://[fd00::1]:8080/{build}/", "http://[fd00::1]:8080/130986/", "http://[fd00::1]:8080/113454/"),
        (
            "https://h.example.com/?b={build}&amp;t={model}",
            "https://h.example.com/?b=130986&t=IP232",
            "https://h.example.com/?b=113454&t=IP232",
        ),
        ("fw/{Build}/{x}/", "B/fw/{Build}/{x}/", "B/fw/{Build}/{x}/"),
        ("", "B/", "B/"),
    ],
)
def test_words_in_braces_are_filled_in(served: Site, url: str, prot: str, boot: str) -> None:
    assert loaded(served, f'<fwstorage url="{url}"/>') == [prot, boot]


@pytest.mark.parametrize(
    ("device", "prot", "boot"),
    [
        ("IP232", "alt.bin", "alt-boot.bin"),
        ("ip232", "alt.bin", "alt-boot.bin"),
        ("IP112", "ip112.bin", "boot112.bin"),
        ("IP29-2", "ip29.bin", "boot29.bin"),
        ("SIP1", "sip1.bin", "bootsip1.bin"),
    ],
)
def test_a_type_may_have_names_of_its_own(served: Site, device: str, prot: str, boot: str) -> None:
    assert loaded(served, f'<fwstorage url="{{filename}}"/>{NAMES}', type=device) == [f"B/{prot}", f"B/{boot}"]


def test_only_one_of_both_names_may_be_given(served: Site) -> None:
    names = '<filenames><model id="ip232" prot="alt.bin"/></filenames>'
    assert loaded(served, f'<fwstorage url="{{filename}}"/>{names}') == ["B/alt.bin", "B/boot232.bin"]


def test_a_name_does_not_matter_where_the_device_adds_it(served: Site) -> None:
    assert loaded(served, NAMES) == ["B/fw/130986/", "B/fw/113454/"]


@pytest.mark.parametrize(
    ("configuration", "element"),
    [
        ('<fwstorage url="my fw/{build}/"/>', "fwstorage/@url"),
        ('<filenames><model id="ip232" prot="my fw.bin"/></filenames>', "filenames/model[ip232]/@prot"),
        ('<filenames><model id="ip232" boot="a&#9;b"/></filenames>', "filenames/model[ip232]/@boot"),
    ],
)
def test_a_blank_in_a_url_is_told(site: Site, configuration: str, element: str) -> None:
    site.configure(MASTER + configuration)
    assert any("blank" in message for message in told(site, element))


@pytest.mark.parametrize(
    ("scfg", "sent"),
    [
        ("", []),
        (" ", []),
        ("update.php?mode=backup&amp;hwid=#h&amp;sn=#m", ["B/update.php?mode=backup&hwid=#h&sn=#m"]),
        ("/update.php?mode=backup&amp;hwid=#h", ["B/update.php?mode=backup&hwid=#h"]),
        ("https://b.example.com/?h=#h ser hourly /force 1", ["https://b.example.com/?h=#h ser hourly /force 1"]),
    ],
)
def test_backups_are_sent_where_the_site_says(served: Site, scfg: str, sent: list[str]) -> None:
    served.configure(f'<master info=""/><backup dir="backup" scfg="{scfg}"/>')
    begin = "mod cmd UP0 scfg "
    answer = served.get(poll())
    assert served.server
    lines = [line.removeprefix(begin).replace(served.server.url, "B/") for line in answer.lines if begin in line]
    assert lines == sent
    assert ("# Backups not enabled in config" in answer.text) is (not sent)
    assert bool(told(served, "backup/@dir")) is (not sent)


@pytest.mark.parametrize(
    ("scfg", "is_told"), [("", True), (" ", True), ("update.php?x y", True), ("update.php?mode=query&amp;sn=#m", False)]
)
def test_queries_whose_answers_do_not_arrive_are_told(site: Site, scfg: str, is_told: bool) -> None:
    query = '<query id="admin"><applies>*</applies></query>'
    site.configure(f'<master info=""/><status dir="status"/><queries scfg="{scfg}">{query}</queries>')
    assert bool(told(site, "queries/@scfg")) is is_told
