"""What the policy signs and what it leaves to an admin; and `explain`, which tells before it is turned on."""

import json
from dataclasses import replace

import pytest

from tests.certificates.kit import (
    LOCAL,
    POLICY,
    SN,
    configuration,
    done,
    journal,
    listed,
    make_phone,
    poll_until,
    poll_until_requested,
)
from tests.site import Site
from updateserver.certificates.policy import SigningCase, objections
from updateserver.configuration.config import CustomCerts
from updateserver.findings.io.all import load

FITS = SigningCase((), (), "10.1.2.3", 30)


@pytest.fixture
def certs(local: Site) -> CustomCerts:
    local.configure(configuration(POLICY | {"network": "10.1.0.0", "netmask": "255.255.0.0", "knowndays": "7"}))
    config, _, _ = load(local.root)
    assert config
    return config.customcerts


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (FITS, ""),
        (replace(FITS, address="10.2.0.1"), "it came from 10.2.0.1, which is not in 10.1.0.0/16 (@network)"),
        (replace(FITS, address=""), "its address is not known"),
        (replace(FITS, days_known=6), "the device is known for 6 days, at least 7 are needed (@knowndays)"),
        (replace(FITS, address="192.0.2.1", days_known=0, verified="IP232-30-00-af"), ""),
        (replace(FITS, verified="IP232-30-00-af", faults=("it is wrong",)), "it is wrong"),
        (replace(FITS, conflicts=("somebody else",)), "somebody else"),
        (replace(FITS, renews_until=2**31), "it renews a certificate that ends on 2038-01-19, but came without"),
        (replace(FITS, renews_until=2**31, verified="IP232-30-00-af"), ""),
    ],
)
def test_the_policy(certs: CustomCerts, case: SigningCase, said: str) -> None:
    found = list(objections(case, certs))
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_it_is_off_unless_it_is_turned_on(certs: CustomCerts) -> None:
    off = replace(certs, auto_sign_off=False)
    assert list(objections(FITS, off)) == ["customcerts/@auto-sign-off is not true"]
    assert list(objections(FITS, off, if_on=True)) == []
    assert "no own CA signs" in next(objections(FITS, replace(certs, CAtype="manual")))


def test_no_network_believes_nobody_and_several_networks_any_of_them(certs: CustomCerts) -> None:
    assert "names no network" in next(objections(FITS, replace(certs, network=())))
    assert not list(objections(FITS, replace(certs, network=("fd00::/8", "10.1.2.0/24"), netmask="")))
    assert "cannot be understood" in next(objections(FITS, replace(certs, network=("office",), netmask="")))


def test_what_it_leaves_to_an_admin_waits(local: Site) -> None:
    local.configure(configuration(POLICY | {"network": "10.1.0.0/16", "netmask": ""}))
    phone = make_phone(local)
    poll_until_requested(phone, local)
    phone.poll()
    assert listed(local)[SN]["state"] == "waiting for CA"
    assert journal(local) == [("request", "device")]
    done(local, "sign", SN)


def test_it_is_asked_again_at_each_poll(local: Site) -> None:
    phone = make_phone(local)
    poll_until_requested(phone, local)
    local.configure(configuration(POLICY))
    poll_until(phone, lambda: listed(local)[SN]["state"] == "good")
    entry = json.loads(local.read("certs/journal.jsonl").splitlines()[-1])
    assert (entry["deed"], entry["by"], entry["sn"]) == ("signed", "policy", SN)
    assert entry["reasons"] == ["it fits", "it came from 127.0.0.1", "the device is known for 0 days"]
    assert entry["certificate"]["subject"].endswith("CN=SWPHONE-00-00-77") or "SWPHONE" in str(entry)


def test_a_device_must_have_been_known_for_some_days(local: Site) -> None:
    local.configure(configuration(POLICY | {"knowndays": "3"}))
    newcomer = make_phone(local)
    poll_until_requested(newcomer, local)
    newcomer.poll()
    assert "known for 0 days, at least 3" in done(local, "explain", SN)
    assert listed(local)[SN]["state"] == "waiting for CA"


def test_explain_tells_what_it_would_have_done(local: Site) -> None:
    poll_until_requested(make_phone(local), local)
    local.configure(configuration(LOCAL))
    assert "came without a certificate, and customcerts/@network names no network" in done(local, "explain")
    local.configure(configuration(LOCAL | {"network": "127.0.0.0/8"}))
    said = done(local, "explain", SN)
    assert "The policy is off." in said
    assert f"{SN}: would be signed (127.0.0.1, known 0 days)" in said
    assert said.endswith("1 requests\n")
    assert "0 requests" in done(local, "explain", "00-90-33-00-00-01")


def test_the_journal_outlives_the_request_and_a_torn_line(local: Site) -> None:
    poll_until_requested(make_phone(local), local)
    done(local, "reject", SN)
    with (local.root / "certs/journal.jsonl").open("ab") as file:
        file.write(b'{"time": 17, "deed": "requ')
    done(local, "reject", SN)
    lines = local.read("certs/journal.jsonl").splitlines()
    assert len(lines) == 4
    assert done(local, "show", SN).count("rejected by command") == 2
    assert done(local, "explain").endswith("1 requests\n")
