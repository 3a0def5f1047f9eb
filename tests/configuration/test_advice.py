"""Each row: what a site writes (beside a `<master>` that is in order), and what the check says about it."""

from pathlib import Path

import pytest

from .site import SAFE, Site

_WORDS = [
    ("<tmes/>", "tmes", "<tmes> is not known here; did you mean 'times'?"),
    ("<phase/>", "phase", "<phase> is not known here; it belongs to <phases>"),
    ("<qwertz/>", "qwertz", "<qwertz> is not known here"),
    ('<times alow="22"/>', "times/@alow", "not known here; did you mean 'allow'?"),
    ('<times Allow="22"/>', "times/@Allow", "not known here; did you mean 'allow'?"),
    ('<status interval="22"/>', "status/@interval", "not known here; it belongs to <times>"),
    (
        '\n<times check="true"/>\n<times grace="1"/>',
        "times",
        "given more than once: only the one at config.xml:23 counts; merge them into one",
    ),
    ('<classes><class id="x">ip222</class></classes>', "classes/class[x]", "this text is not used: <class> holds none"),
]

_VALUES = [
    ('<times check="yes"/>', "times/@check", "counts as false: write true or false"),
    ('<status expire="10 days"/>', "status/@expire", "not a number of seconds: counts as 10; write digits only"),
    ('<backup nbackups="many"/>', "backup/@nbackups", "not a number: counts as the default; write digits only"),
    ('<backup nbackups="3x"/>', "backup/@nbackups", "not a number: counts as 3; write digits only"),
    ('<backup nbackups="-1"/>', "backup/@nbackups", "negative: write a number from 0"),
    ('<times grace="-5"/>', "times/@grace", "negative: write a number of seconds from 0"),
    ('<times polling="5s"/>', "times/@polling", "not a number of seconds: devices get it as it is; write digits only"),
    ('<times interval="x"/>', "times/@interval", "not a number of minutes: counts as the default; write digits only"),
    ('<times httpsport="70000"/>', "times/@httpsport", "not a port: write a number from 1 to 65535"),
    (
        '<times allow="22,24"/>',
        "times/@allow",
        "'24' is no hour: write hours from 0 to 23, separated by commas, such as 22,23,0,1",
    ),
    (
        '<queries maxsize="1100000"/>',
        "queries/@maxsize",
        "more than half of status/@maxsize, 2097152 bytes: it would cost other answers; lower this one or raise that",
    ),
    ('<times allow="22, 23"/>', "times/@allow", "devices get it with its spaces: write 22,23"),
    ('<times allow=" 22 ,\t23"/>', "times/@allow", "devices get it with its spaces: write 22,23"),
    ('<times proxies="10.0.0.1,::/0"/>', "times/@proxies", "::/0 includes everybody: name your own addresses only"),
    (
        '<times allow="22-23"/>',
        "times/@allow",
        "'22-23' is no hour: write hours from 0 to 23, separated by commas, such as 22,23,0,1",
    ),
    (
        '<times proxies="10.0.0.1,proxy"/>',
        "times/@proxies",
        "'proxy' is no address: write addresses or networks, such as 10.0.0.1,10.1.0.0/16",
    ),
    (
        '<phases><phase id="a" seq="first"/></phases>',
        "phases/phase[a]/@seq",
        "not a number: counts as 0; write digits only",
    ),
    (
        f'{SAFE[:-2]}><applies env="false">default</applies></master>',
        "master/applies/@env",
        "its text does not matter, an environment is meant: leave the attribute out where a class is meant",
    ),
]

_NUMBERED = [
    (
        '<phases><phase id="a" seq="200"/></phases>',
        "phases/phase[update]/@seq",
        "has the same seq 200 as phase[a], which takes its place: give each one its own number",
    ),
    ('<phases><phase id="a"/></phases>', "phases/phase[a]", "no seq: counts as 0; give each one a number of its own"),
]

_NAMES = [
    (
        '<phases><phase id="_first_x" seq="1"/></phases>',
        "phases/phase[_first_x]/@id",
        "_first_ is for the hidden phase that times/@forcestaging makes: choose another name",
    ),
    (
        '<environments><environment id="Berlin"/></environments>',
        "environments/environment[Berlin]/@id",
        "its snippets are looked for as 'berlin': write it in lower case",
    ),
    (
        '<environments><environment id="a/b"/></environments>',
        "environments/environment[a/b]/@id",
        "difficult in file names and URLs: write letters without accents, digits, _ and . only",
    ),
    (
        '<classes><class id="PHONE"/></classes>',
        "classes/class[PHONE]/@id",
        "its snippets are those of 'phone' as well: choose another name",
    ),
    ('<classes><class id=""/></classes>', "classes/class/@id", "no name: give it one"),
    (
        '<classes><class id="x"><model> ip222</model></class></classes>',
        "classes/class[x]/model",
        "never found: write the type without white space around it",
    ),
    ("<nobootdev><model/></nobootdev>", "nobootdev/model", "no type: write one, such as ip112"),
    (
        '<filenames><model id="IP222"/></filenames>',
        "filenames/model[IP222]/@id",
        "never found: write the type in lower case",
    ),
]

_FOLDERS = [
    ('<status dir="../status"/>', "status/@dir", "outside of the installation: name a folder below it"),
    ('<status dir="/var/status"/>', "status/@dir", "outside of the installation: name a folder below it"),
    ('<status dir="lib/status"/>', "status/@dir", "belongs to the program: name a folder of its own"),
    ('<status dir="./"/>', "status/@dir", "belongs to the program: name a folder of its own"),
    ('<status dir="fw"/>', "status/@dir", "belongs to the program: name a folder of its own"),
    ('<status dir="x"/><backup dir="x/"/>', "backup/@dir", "is status/@dir as well: name a folder of its own"),
    ('<status dir="scripts"/>', "status/@dir", "is times/@dir as well: name a folder of its own"),
    (
        '<backup dir="backup" nbackups="0"/>',
        "backup/@dir",
        "no backups are made, those that are there stay: nbackups and scfg must be set as well",
    ),
    (f'{SAFE[:-2]} cache="../x.xml"/>', "master/@cache", "outside of the installation: name a file below it"),
]

_CERTIFICATES = [
    ('<times forcetrust="true"/>', "times/@forcetrust", "does nothing without forcehttps: set that as well"),
    (
        '<customcerts dir="certs"/><queries><query id="certificates"><applies>*</applies></query></queries>',
        "customcerts/@dir",
        "certificates are left alone: set status/@dir as well",
    ),
    (
        '<customcerts dir="certs"/><status dir="status"/>',
        "customcerts/@dir",
        "devices do not tell their certificates: add <applies>*</applies> to the query certificates",
    ),
    ('<customcerts dir="certs" CAname=""/>', "customcerts/@CAname", "no certificate is good: name the CAs"),
    (
        '<customcerts dir="certs" CAnamesep=""/>',
        "customcerts/@CAnamesep",
        'CAname counts as one single name: write ","',
    ),
]

_ADDRESSES = [
    (
        SAFE.replace('info=""', 'info="http://172.16.0.10/"'),
        "master/@info",
        "names no page of the reference device: write its address with /CMD0/box_info.xml at the end",
    ),
    (
        '<fwstorage url="http://x/{build}/{type}/"/>',
        "fwstorage/@url",
        "{type} is not filled in: known are {build}, {model}, {filetype}, {filename}; did you mean '{filetype}'?",
    ),
    (
        '<fwstorage url="fw/{filename}"/>',
        "fwstorage/@url",
        "devices load the same files for each build, perhaps again and again: write /{build}/ into it",
    ),
    (
        '<fwstorage url="fw/{build}"/>',
        "fwstorage/@url",
        "devices of all types load the same file: end it with / or {filename}",
    ),
    (
        '<fwstorage url="file:///srv/{build}/"/>',
        "fwstorage/@url",
        "devices cannot load from there: write http:// or https://",
    ),
    (
        '<fwstorage url="/fw.example.com/{build}/"/>',
        "fwstorage/@url",
        "counts as a folder below this server: where another server is meant, write http:// before it",
    ),
]

_NO_REFERENCE = (
    "the reference device cannot be asked: write http://REFERENCE-DEVICE/CMD0/box_info.xml, none, or "
    '"" for no firmware updates'
)

_QUERIES = [
    (
        '<queries><query id="admin"><applies>phones</applies></query></queries>',
        "queries/query[admin]/applies",
        "neither a class nor a known type in lower case; did you mean 'phone'?",
    ),
    (
        '<queries><query id="admin"><applies env="">defualt</applies></query></queries>',
        "queries/query[admin]/applies",
        "no environment of that name; did you mean 'default'?",
    ),
    (
        '<queries><query id="q"><cmd/><applies>*</applies></query></queries>',
        "queries/query[q]/cmd",
        "asks nothing: write a device command",
    ),
    (
        '<queries><query id="1 2"><cmd>x</cmd></query></queries>',
        "queries/query[1 2]/@id",
        "answers cannot be stored under this name: write letters, digits and _ . - only, a letter first",
    ),
]

_ERRORS = [
    (
        '<master info="" user="me" password="password"/>',
        "master/@password",
        "the well-known default password: set master/@user and @password in your own configuration",
    ),
    (
        '<customcerts dir="certs" CAtype="automatic"/>',
        "customcerts/@CAtype",
        "devices get no script: write manual or local",
    ),
    (
        '<times forcehttps="true" forcetrust="true"/><customcerts CAname=""/>',
        "customcerts/@CAname",
        "devices get no script: with times/@forcetrust, name the CAs whose certificates are good",
    ),
    (
        '<queries><query id="q"><applies>*</applies></query></queries>',
        "queries/query[q]",
        "devices get no script: the query has no cmd; add one",
    ),
    (
        '<master info="none" user="me" password="secret"/>',
        "master/@firmware",
        'devices get no script, as with info="none" no device tells the build: write a build number or none',
    ),
    (
        '<master info="http://x/" user="me" password="secret" bootcode="latest"/>',
        "master/@bootcode",
        "devices get no script: write master, firmware, none or a build number such as 130986",
    ),
]

_ALL_WARNINGS = _ADDRESSES + _WORDS + _VALUES + _NUMBERED + _NAMES + _FOLDERS + _CERTIFICATES + _QUERIES


def told(site: Site, own: str, severity: str) -> list[tuple[str, str]]:
    site.says(own if "<master" in own else SAFE + own)
    assert site.config is not None  # whatever is wrong: devices are served
    return [(f.element, f.message) for f in site.findings if f.severity == severity]


@pytest.mark.parametrize(("own", "element", "message"), _ALL_WARNINGS)
def test_the_check_warns(site: Site, own: str, element: str, message: str):
    assert (element, message) in told(site, own, "warning")


@pytest.mark.parametrize(("own", "element", "message"), _ERRORS)
def test_the_check_fails(site: Site, own: str, element: str, message: str):
    assert (element, message) in told(site, own, "error")


@pytest.mark.parametrize(
    "info",
    ["172.16.0.10/box_info.xml", "htp://x/y", "http:/x/y", "http:///y", "http://x:port/y", "http://x/a b", "file:///x"],
)
def test_an_address_that_is_none(site: Site, info: str):
    own = SAFE.replace('info=""', f'info="{info}"')
    assert ("master/@info", _NO_REFERENCE) in told(site, own, "error")


@pytest.mark.parametrize(("info", "is_good"), [("None", False), (" none", False), (" ", False), ("none", True)])
def test_none_is_a_word(site: Site, info: str, is_good: bool):
    own = SAFE.replace('info=""', f'info="{info}" firmware="none" bootcode="none"')
    assert any("write none in lower case" in message for _, message in told(site, own, "error")) is not is_good


@pytest.mark.parametrize(
    ("proxies", "severities"),
    [("10.0.0.0/8", ["error"]), ("10.9.0.0/24, 192.0.2.1", ["error"]), ("10.9.9.9", []), ("192.0.2.0/24", [])],
)
def test_devices_that_are_signed_for_are_no_proxies(site: Site, proxies: str, severities: list[str]):
    site.says(
        f'{SAFE}<times proxies="{proxies}"/><customcerts CAtype="local" auto-sign-off="true" network="10.0.0.0/9"/>'
    )
    assert [f.severity for f in site.findings if f.element == "times/@proxies"] == severities


@pytest.mark.parametrize("switch", ["debugmerge", "debugcerts", "debugscript"])
def test_debug_switches_that_were_left_on(site: Site, switch: str):
    site.holds(f'<config {switch}="true">{SAFE}</config>'.encode())
    (finding,) = site.findings
    assert (finding.file, finding.element) == ("config/user-config.xml", f"config/@{switch}")


def test_what_is_odd_about_a_default_is_told_of_the_own_file(site: Site):
    site.says('\n<master info="" user="me"/>')
    (finding,) = site.findings
    assert (finding.file, finding.line, finding.element) == ("config/user-config.xml", 2, "master/@password")


@pytest.mark.parametrize(
    "own",
    [
        "",
        SAFE.replace('info=""', 'info="https://[fd00::1]:8443/CMD0/box_info.xml"'),
        '<fwstorage url="/firmware/{build}/{model}/"/>',
        '<fwstorage url="https://fw.example.com/{build}/{filetype}/{filename}?x=1"/>',
        '<times allow="22,23,0" initial="1" forcestaging="true"/>',
        '<times grace="0" httpsport="444" innerport="8444" proxies="10.0.0.1, fd00::/8"/>',
        '<status dir="data/status" refresh=""/><backup dir="data/backup"/>',
        '<phases><phase id="staging" seq="-100"/></phases>',
        '<queries><query id="admin"><applies>ip222</applies><applies env="">default</applies></query></queries>',
        '<environments><environment id="a"><implies>a</implies></environment></environments>',
        '<customcerts CAurl="x" CAuser="y" storekey="false"/>',
        '<times forcehttps="true" httpsurlmod=""/>',
    ],
)
def test_the_check_has_nothing_to_say(site: Site, own: str):
    assert site.says(own if "<master" in own else SAFE + own).findings == ()


def test_a_url_modifier_that_does_not_parse(site: Site):
    (finding,) = site.says(f'{SAFE}<times httpsurlmod="!mtls/"/>').findings
    assert finding.element == "times/@httpsurlmod"
    assert finding.message.endswith("; URLs are not modified")


def test_the_placeholder_of_the_reference_device(site: Site):
    (finding,) = site.says('<master user="me" password="secret"/>').findings
    assert (finding.severity, finding.file, finding.element) == ("warning", "config/user-config.xml", "master/@info")


def test_admin_pages_open_to_everybody(site: Site):
    (finding,) = site.says('<master info="" user="" password=""/>').findings
    assert finding.message == "no user and no password: everybody can use the admin pages"


def test_another_outermost_tag(site: Site):
    (finding,) = site.holds(f"<configuration>{SAFE}</configuration>".encode()).findings
    assert finding.message == "the outermost tag should be <config>"


def test_every_attribute_there_ever_was_is_known(site: Site):
    site.holds((Path(__file__).parent / "all-attributes.xml").read_bytes())
    assert not [finding for finding in site.findings if "not known" in finding.message]


@pytest.mark.parametrize(
    "sample", sorted((Path(__file__).parent / "samples").glob("*.xml")), ids=lambda path: path.name
)
def test_documented_samples_are_good(site: Site, sample: Path):
    site.holds(sample.read_bytes())
    assert {finding.element for finding in site.findings} <= {"master/@password", "config/@debugmerge"}


def test_findings_come_in_the_order_of_their_weight(site: Site):
    site.says('<status dir="lib"/><times check="x"/><classes><class id="all"/></classes>')
    weights = [(finding.fatal, finding.severity) for finding in site.findings]
    assert weights == sorted(weights, key=lambda weight: (not weight[0], weight[1]))
    assert len(set(weights)) == 3
