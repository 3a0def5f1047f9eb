"""The scripts of the vendor's description, line by line. Its addresses are not handed down; ours stand for them."""

from dataclasses import replace

from tests.redirection.kit import CALLED, CERTIFICATE, PROJECT, SECONDS, URL, asking, script
from updateserver.redirection.asking import asking_of

IDENTIFYING = "http%3A%2F%2Fconfig.example.com%2Finit%3Fmac%3D%23m%26hwid%3D%23h%26type%3D%23t%26localip%3D%23i"
TARGET = "https%3A%2F%2F1.2.3.4%2FDRIVE%2FCF0%2Fupdate%2Fstaging.txt"
TURNED_OFF = [
    "config rem UP1 /provision",
    "config rem UP1 /poll",
    "config rem UP1 /url",
    "config rem UP1 /no-dhcp",
    "config rem UP1 /trace",
    "# activate changes",
    "config write",
    "config activate",
]


def test_default_url() -> None:
    assert script(asking_of({"ver": "13r1 ..."}, "203.0.113.9")) == [
        "# innovaphone std device redirector",
        f"# no device info present - rewriting poll url to {CALLED}?mac=#m&hwid=#h&type=#t&localip=#i",
        f"config change UP1 /provision 5 /trace /no-dhcp /url {IDENTIFYING}",
        "# activate changes",
        "config write",
        "config activate",
    ]


def test_unknown_after_the_first_hour() -> None:
    assert script(asking(mac="00-90-33-30-00-bf", nostdprv=str(SECONDS - 3600))) == [
        "# innovaphone std device redirector",
        "# unknown mac 00-90-33-30-00-bf",
        *TURNED_OFF,
    ]


def test_unknown_calls_first() -> None:
    assert script(asking(mac="00-90-33-30-00-bf")) == [
        "# innovaphone std device redirector",
        "# unknown mac 00-90-33-30-00-bf",
        f"config change UP1 /provision 5 /trace /no-dhcp /url {IDENTIFYING}%26nostdprv%3D{SECONDS}",
        "# activate changes",
        "config write",
        "config activate",
    ]


def test_unknown_within_the_first_hour_keeps_its_url() -> None:
    # 226 seconds, as in the description's sample of a discovered device
    assert script(asking(mac="00-90-33-41-03-57", nostdprv=str(SECONDS - 226))) == [
        "# innovaphone std device redirector",
        "# unknown mac 00-90-33-41-03-57",
    ]


def test_config_server_is_known() -> None:
    assert script(asking(), PROJECT) == [
        "# innovaphone std device redirector",
        "# redirect",
        f"# redirected to {URL}",
        f"vars create UPDATE/CFG p redirected+to+{URL}",
        f"config change UP1 /provision 5 /trace /no-dhcp /url {TARGET}",
        "# activate changes",
        "config write",
        "config activate",
    ]


def test_trust_takes_two_lines_more() -> None:
    plain, trusting = script(asking(), PROJECT), script(asking(), replace(PROJECT, trust=CERTIFICATE))
    added = [line for line in trusting if line not in plain]
    assert added == ["# trust", f"vars create X509/TRUSTED/00099 pb {CERTIFICATE}"]
    assert trusting.index(added[-1]) < trusting.index("config write")


def test_properties_that_are_asked_for() -> None:
    lines = script(asking(), replace(PROJECT, trust=f"type,ip:{CERTIFICATE}"))
    assert reported(lines) == ["mod cmd UP1 setvar r-type IP232", "mod cmd UP1 setvar r-ip 203.0.113.9"]
    assert f"vars create X509/TRUSTED/00099 pb {CERTIFICATE}" in lines


def test_all_properties() -> None:
    version = "10r1 IP232[10.0850], Bootcode[100850], Hardware[501] "
    assert reported(script(asking(ver=version), replace(PROJECT, trust=f"*:{CERTIFICATE}"))) == [
        "mod cmd UP1 setvar r-mac 00-90-33-30-00-af",
        "mod cmd UP1 setvar r-boot 100850",
        "mod cmd UP1 setvar r-hwid 501",
        "mod cmd UP1 setvar r-type IP232",
        "mod cmd UP1 setvar r-prj-id 10801",
        "mod cmd UP1 setvar r-prj-name Kuenkel00001",
        "mod cmd UP1 setvar r-prj-comment ckl's+Privat-VM",
        f"mod cmd UP1 setvar r-prj-trust {CERTIFICATE}",
        "mod cmd UP1 setvar r-cust-name Hosting+Company",
        "mod cmd UP1 setvar r-cust-id 1527",
        "mod cmd UP1 setvar r-ip 203.0.113.9",
        "mod cmd UP1 setvar r-prj-urlroot https://1.2.3.4/DRIVE/CF0/update",
        "mod cmd UP1 setvar r-redirected 2013-07-08.14:05:14",
    ]


def test_properties_without_a_certificate() -> None:
    lines = script(asking(), replace(PROJECT, trust="mac:"))
    assert reported(lines) == ["mod cmd UP1 setvar r-mac 00-90-33-30-00-af"]
    assert "# trust" not in lines


def reported(lines: list[str]) -> list[str]:
    return [line for line in lines if " setvar " in line]
