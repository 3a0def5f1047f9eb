import pytest

from updateserver.configuration.config import Applies, Environment, Phase

from .site import Site

_NIGHT = 'allow="22,23"'


def test_a_hidden_first_pass_stands_before_the_last_phase(site: Site):
    config = site.says(f'<times {_NIGHT} forcestaging="true"/><phases><phase id="staging" seq="1"/></phases>').config
    assert config.phases == (
        Phase("staging", "staging"),
        Phase("_first_update", "update"),
        Phase("update", "update"),
    )


def test_the_hidden_first_pass_may_be_the_first_phase(site: Site):
    phases = site.says(f'<times {_NIGHT} forcestaging="true"/>').config.phases
    assert [phase.id for phase in phases] == ["_first_update", "update"]


@pytest.mark.parametrize(
    "times", [_NIGHT, 'forcestaging="true"', 'allow="" forcestaging="true"', f'{_NIGHT} forcestaging="1"']
)
def test_without_hours_or_the_sites_own_wish_there_is_no_first_pass(site: Site, times: str):
    assert [phase.id for phase in site.says(f"<times {times}/>").config.phases] == ["update"]


def test_models_are_compared_in_lower_case_and_not_trimmed(site: Site):
    config = site.says('<classes><class id="x"><model>IP222</model><model> ip1 </model></class></classes>').config
    assert config.classes[-1].models == {"ip222", " ip1 "}


def test_applies_implies_and_cmd_are_trimmed(site: Site):
    config = site.says(
        '<environments><environment id="b"/><environment id="a"><implies> b\n</implies></environment></environments>'
        '<queries><query id="q"><cmd>\n mod cmd X\n</cmd><applies> phone </applies>'
        '<applies env=""> a </applies></query></queries>'
    ).config
    assert config.environments["a"] == Environment("a", ("b",))
    query = config.queries.queries[-1]
    assert query.cmd == "mod cmd X"
    assert query.applies == (Applies("phone"), Applies("a", env=True))


def test_empty_texts_count_as_not_set(site: Site):
    times = site.says('<times allow="" initial="" polling="" interval="" httpsport="" innerport=""/>').config.times
    assert (times.allow, times.initial, times.interval, times.httpsport, times.innerport) == (None,) * 5
    assert times.polling == 0


def test_an_empty_grace_is_none(site: Site):
    assert site.says('<times grace=""/>').config.times.grace == 0


def test_a_missing_grace_is_a_quarter_of_an_hour(site: Site):
    site.says("")
    defaults = site.root / "config.xml"
    defaults.write_text(defaults.read_text().replace('grace="90"', ""))
    assert site.config.times.grace == 900


def test_missing_attributes_of_an_older_defaults_file_have_values(site: Site):
    site.says("")
    defaults = site.root / "config.xml"
    defaults.write_text(defaults.read_text().replace('maxsize="16777216"', "").replace('dir="scripts"', ""))
    assert site.config.backup.maxsize == 16 * 1024 * 1024
    assert site.config.times.dir == "scripts"


def test_a_switch_is_on_if_it_is_exactly_true(site: Site):
    assert site.says('<times check="true"/>').config.times.check
    assert not site.says('<times check="True"/>').config.times.check
    assert not site.says('<times check="1"/>').config.times.check


def test_what_is_no_number_counts_as_far_as_it_is_one(site: Site):
    assert site.says('<status expire="10 days"/>').config.status.expire == 10
    assert site.says('<status expire="never"/>').config.status.expire == 0


def test_names_of_cas_are_split_and_trimmed(site: Site):
    certs = site.says('<customcerts CAname=" My CA ; Other, Ltd" CAnamesep=";"/>').config.customcerts
    assert certs.CAname == ("My CA", "Other, Ltd")


def test_properties_of_certificate_requests_lose_their_prefix(site: Site):
    csr = site.says('<customcerts CSRdn-o="ACME" CSRsan-ip-2="{ip}"/>').config.customcerts.csr
    assert csr == {"key": "2048-bit", "signature": "SH256", "dn-cn": "{sn}", "dn-o": "ACME", "san-ip-2": "{ip}"}


def test_proxies_are_a_list(site: Site):
    assert site.says('<times proxies="10.0.0.1, 10.1.0.0/16"/>').config.times.proxies == ("10.0.0.1", "10.1.0.0/16")


def test_an_emptied_firmware_attribute_means_the_reference_device(site: Site):
    master = site.says('<master firmware="" bootcode=""/>').config.master
    assert (master.firmware, master.bootcode) == ("master", "master")


def test_of_a_tag_given_twice_the_default_counts(site: Site):
    assert site.says('<status dir="a"/><status dir="b"/>').config.status.dir == ""


NUMBERS = [
    ("master", "expire"), ("backup", "nbackups"), ("backup", "minage"), ("status", "expire"), ("status", "missing"),
    ("status", "refresh"), ("status", "logkeep"), ("times", "grace"), ("customcerts", "renew"),
    ("customcerts", "knowndays"),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "attribute"), NUMBERS)
def test_numbers_are_read_as_php_casts_them(site: Site, tag: str, attribute: str):
    for text, number in {
        "15": 15, "15 min": 15, " 30": 30, "30 ": 30, "+5": 5, "-5": -5, "7.5": 7, "1e3": 1000, "1E1x": 10, "015": 15,
        "0x10": 0, "15,5": 15, "&#9;8": 8, "&#160;8": None, "x": None, "--5": None, "e5": None, "": 0, " ": 0,
    }.items():  # fmt: skip
        default = 10 if attribute == "nbackups" else 0
        config = site.says(f'<{tag} {attribute}="{text}"/>').config
        assert getattr(getattr(config, tag), attribute) == (default if number is None else number), text
