"""Who may be taken for a device: attempts to be another one by its number, its hardware id or its certificate's name.

Web servers tell of certificates in CGI variables, so these are calls by CGI variables.
"""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates.kit import POLICY, configuration, done, init_ca, run
from tests.certificates.test_requests import names, request
from tests.differences.test_row_22_identity import CA, FACTORY, FORCED, GOOD, call, proof
from tests.site import HWID, SN, Site, site
from updateserver.base.names import canonical, hardware, spellings
from updateserver.virtual.factory import DeviceAuthority

__all__ = ["site"]

SAME = ["00-90-33-30-00-AF", "0090333000af", "0090333000AF", "00:90:33:30:00:af", "0090.3330.00af", "00.90.33.30.00.AF",
        "0090-33.3000af", "00 90 33 30 00 af", "00_90_33_30_00_af"]  # fmt: skip
OTHERS = ["11-22-33-30-00-af", "IP232-30-00-af", "30-00-af", "x00-90-33-30-00-af", "90333000af",
          "0090333000af0", "evil30-00-af", "af", "1"]  # fmt: skip
OF_VICTIM = "config add SECRET /of victim"


def poll(sn: str = SN, hwid: str = HWID) -> str:
    return f"type=IP232&sn={sn.replace(' ', '%20')}&hwid={hwid}&ip=172.16.0.20"


def states(site: Site) -> list[str]:
    return [name for name in site.names("status") if name.endswith(".xml")]


@pytest.fixture
def forced(site: Site) -> Site:
    site.configure(FORCED)
    site.snippet(OF_VICTIM)
    return site


@pytest.fixture
def victim(forced: Site) -> Site:
    """An installation to which the device has proved who it is, and told of a good certificate."""
    call(forced, poll())
    assert call(forced, f"mode=query&sn={SN}&id=certificates", GOOD, **proof()).status == 200
    for _ in range(2):
        answer = call(forced, poll(), **proof())
    assert OF_VICTIM in answer.lines
    return forced


@pytest.mark.parametrize("sn", SAME)
def test_a_number_in_any_spelling_is_the_same_device(victim: Site, sn: str) -> None:
    assert canonical(sn) == SN
    assert OF_VICTIM in call(victim, poll(sn), **proof()).lines
    before = victim.read(f"certs/{SN}-identity.json")
    assert OF_VICTIM not in call(victim, poll(sn)).lines
    assert call(victim, f"mode=query&sn={sn.replace(' ', '+')}&id=admin", "<info/>").status == 403
    assert states(victim) == [f"{SN}.xml"]
    assert victim.read(f"certs/{SN}-identity.json") == before


@pytest.mark.parametrize("hwid", [HWID, "IP232-30-00-AF"])
@pytest.mark.parametrize("sn", OTHERS)
def test_no_other_name_gets_snippets_by_the_devices_certificate(victim: Site, sn: str, hwid: str) -> None:
    assert canonical(sn) != SN
    assert OF_VICTIM not in call(victim, poll(sn, hwid), **proof()).lines
    assert OF_VICTIM not in call(victim, poll(sn, sn), **proof()).lines


@pytest.mark.parametrize(
    "cn", ["evil30-00-af", "X-30-00-af", "IP111-30-00-af", "30-00-af", "ip232-30-00-af", "11223330 00af", "3000af",
           "112233300 0af", "112233-30-00-af", "00-90-33-30-00-af", "IP232-30-00-af ", "x0090333000af"]
)  # fmt: skip
def test_a_certificate_whose_name_ends_like_the_devices_is_not_its(victim: Site, cn: str) -> None:
    assert OF_VICTIM not in call(victim, poll(), **proof(cn)).lines
    assert OF_VICTIM not in call(victim, poll(hwid=cn.strip().replace(" ", "")), **proof(cn)).lines
    assert call(victim, f"mode=query&sn={SN}&id=admin", "<info/>", **proof(cn)).status == 403


@pytest.mark.parametrize("cn", [HWID, "0090333000af", "0090333000AF", "IP232s-30-00-af"])
def test_its_own_names_are(victim: Site, cn: str) -> None:
    assert OF_VICTIM in call(victim, poll(), **proof(cn)).lines


def test_a_factorys_hardware_id_stands_for_the_makers_number_only(forced: Site) -> None:
    assert OF_VICTIM not in call(forced, poll("11-22-33-30-00-af"), **proof(issuer=FACTORY)).lines


def test_three_bytes_belong_to_the_first_device_that_proves_them(forced: Site) -> None:
    other = "02-00-00-30-00-af"
    for sn in (other, SN):
        call(forced, poll(sn))
        assert call(forced, f"mode=query&sn={sn}&id=certificates", GOOD, **proof()).status == 200
        for _ in range(2):
            answer = call(forced, poll(sn), **proof())
        assert (OF_VICTIM in answer.lines) == (sn == other)
    assert f"hardware id '{HWID}' belongs to '{other}', not to '{SN}'" in answer.text


def test_who_took_a_name_first_does_not_keep_out_the_device_that_a_factory_gave_it(forced: Site) -> None:
    taker = "02-00-00-30-00-af"
    for sn in (taker, SN):
        call(forced, poll(sn))
    assert call(forced, f"mode=query&sn={taker}&id=certificates", GOOD, **proof()).status == 200
    assert OF_VICTIM in "".join(call(forced, poll(taker), **proof()).text for _ in range(2))
    forced.configure(FORCED.replace(f'CAname="{CA}"', f'CAname="{CA},{FACTORY}"'))
    told = GOOD.replace(CA, FACTORY)
    assert call(forced, f"mode=query&sn={SN}&id=certificates", told, **proof(issuer=FACTORY)).status == 200
    assert OF_VICTIM in "".join(call(forced, poll(), **proof(issuer=FACTORY)).text for _ in range(2))
    assert OF_VICTIM not in call(forced, poll(), **proof()).lines
    assert call(forced, f"mode=query&sn={SN}&id=admin", "<info/>", **proof()).status == 403


def test_a_certificate_of_a_ca_is_no_devices(victim: Site) -> None:
    authority = DeviceAuthority(HWID, common_name=True)
    pem = authority.certificate.public_bytes(Encoding.PEM).decode()
    shown = proof() | {"SSL_CLIENT_CERT": pem, "SSL_CLIENT_I_DN": f"CN={CA}"}
    answer = call(victim, poll(), **shown)
    assert OF_VICTIM not in answer.lines
    assert "it is the certificate of a CA" in answer.text


# what signs


@pytest.fixture
def signing(site: Site) -> Site:
    """An installation whose policy signs for whoever calls from its network, and where the device is known."""
    site.configure(configuration(POLICY | {"network": "192.0.2.0/24", "netmask": "", "CSRdn-o": ""}))
    init_ca(site)
    call(site, poll())
    return site


def asks(site: Site, sn: str, hwid: str, cn: str, *more: x509.GeneralName) -> list[str]:
    """Send a request for a name, and return the certificates that were made."""
    return sends(site, sn, hwid, _request(cn, *more))


def sends(site: Site, sn: str, hwid: str, wanted: bytes) -> list[str]:
    """Poll, send a request, have all signed that fit, and return the certificates that were made."""
    call(site, poll(sn, hwid))
    own = canonical(sn)
    shown = "<info><requests><request/></requests></info>"
    call(site, f"mode=query&sn={sn.replace(' ', '+')}&id=certificates", shown)
    body = f"X509/REQUEST pb {wanted.hex()}"
    call(site, f"mode=vardump&sn={sn}&var=X509/REQUEST&file=certs%2F{own}-request.p10.der"
         "&proc=var2bin&postproc=createPemFromDer", body)  # fmt: skip
    run(site, "sign", "--all-that-fit")
    return [name for name in site.names("certs") if name.endswith("-signedrequest.cer")]


def _request(cn: str, *more: x509.GeneralName) -> bytes:
    return request(*([names(*more)] if more else []), name=[(x509.NameOID.COMMON_NAME, cn)])


def without_names(site: Site) -> None:
    site.configure(
        configuration({name: text for name, text in POLICY.items() if "san" not in name and name != "CSRdn-o"}
                      | {"network": "192.0.2.0/24", "netmask": ""})
    )  # fmt: skip


def test_the_policy_signs_for_the_device_itself(signing: Site) -> None:
    without_names(signing)
    assert asks(signing, SN, HWID, HWID) == [f"{SN}-signedrequest.cer"]


@pytest.mark.parametrize("cn", [HWID, "0090333000af", SN])
@pytest.mark.parametrize("sn", ["11-22-33-30-00-af", "112233-3000-AF", "IP232-30-00-af", "evil30-00-af", "30-00-af"])
def test_nobody_gets_a_certificate_for_the_devices_name_under_another_one(signing: Site, sn: str, cn: str) -> None:
    without_names(signing)
    assert asks(signing, sn, HWID, cn) == []


def test_why_it_waits_is_told(signing: Site) -> None:
    without_names(signing)
    asks(signing, "11-22-33-30-00-af", HWID, HWID)
    assert f"and belongs to {SN}" in done(signing, "show", "11-22-33-30-00-AF")


# names that a device says of itself


def asking_for(site: Site, **csr: str) -> None:
    """Have devices asked for these names."""
    wanted = {f"CSR{name.replace('_', '-')}": text for name, text in csr.items()}
    kept = {name: text for name, text in POLICY.items() if "san" not in name and name != "CSRdn-o"}
    site.configure(configuration(kept | {"network": "192.0.2.0/24", "netmask": ""} | wanted))


def waits(site: Site, *names: x509.GeneralName) -> str:
    """Insist that neither the policy nor --all-that-fit signs a request for these names; return what is said."""
    call(site, f"mode=query&sn={SN}&id=admin", '<info name="intranet"/>')
    assert asks(site, SN, HWID, HWID, *names) == []
    said = done(site, "show", SN)
    assert "does not fit" not in said
    assert "to be looked at: " in run(site, "show", SN).output
    assert "left to you" in run(site, "sign", "--all-that-fit").output
    done(site, "sign", SN)
    assert f"{SN}-signedrequest.cer" in site.names("certs")
    return said


@pytest.mark.parametrize(
    ("template", "name"),
    [("{name}.example.com", "intranet.example.com"), ("{name}", "intranet"),
     ("{hwid}.{name}.com", f"{HWID}.intranet.com"),
     ("intranet.example.com", "intranet.example.com"), ("{realip}.example.com", "172.16.0.20.example.com")],
)  # fmt: skip
def test_a_name_that_the_device_says_of_itself_waits(signing: Site, template: str, name: str) -> None:
    asking_for(signing, san_dns_1=template)
    assert f"the DNS name '{name}' is not known to be the device's" in waits(signing, x509.DNSName(name))


def test_so_does_an_address_that_it_says_of_itself(signing: Site) -> None:
    asking_for(signing, san_ip_1="{realip}")
    told = waits(signing, x509.IPAddress(ip_address("172.16.0.20")))
    assert "the address '172.16.0.20' is not the one that the request came from (192.0.2.7)" in told


@pytest.mark.parametrize(
    ("template", "name"),
    [("{hwid}.phones.example.com", f"{HWID}.phones.example.com"), ("{sn}.example.com", "0090333000af.example.com")],
)
def test_names_that_are_bound_to_the_number_are_signed(signing: Site, template: str, name: str) -> None:
    asking_for(signing, san_dns_1=template, san_ip_1="{ip}")
    made = asks(signing, SN, HWID, HWID, x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.7")))
    assert made == [f"{SN}-signedrequest.cer"]
    usage = made_for(signing)
    assert usage == ["clientAuth"]


@pytest.mark.parametrize(("attribute", "usages"), [("true", ["clientAuth", "serverAuth"]), ("", ["clientAuth"])])
def test_servers_are_certified_only_where_that_is_wanted(signing: Site, attribute: str, usages: list[str]) -> None:
    without_names(signing)
    text = signing.read("config/user-config.xml").decode()
    signing.put(
        "config/user-config.xml", text.replace("<customcerts ", f'<customcerts serverauth="{attribute}" '), age=0
    )
    asks(signing, SN, HWID, HWID)
    assert made_for(signing) == usages


def made_for(site: Site) -> list[str]:
    certificate = x509.load_der_x509_certificate(site.read(f"certs/{SN}-signedrequest.cer"))
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return sorted(one._name for one in usage)


def test_two_devices_with_one_number_are_told_of(site: Site) -> None:
    for hwid in (HWID, "IP111-30-00-af", HWID):
        call(site, poll(hwid=hwid))
    assert "IP111-30-00-af (172.16.0.20) calls with the serial number of IP232-30-00-af (172.16.0.20)" in str(
        site.log()
    )
    assert site.state().find("device").get("otherhwid") == "IP111-30-00-af"


# files of another spelling


@pytest.mark.parametrize("other", spellings(SN))
def test_files_of_another_spelling_are_taken_over(forced: Site, other: str) -> None:
    forced.put(f"status/{other}.xml", '<state seen="5"><device sn="x" known="5"/></state>')
    forced.put(f"certs/{other}-issued.cer", "its certificate")
    call(forced, poll(), **proof())
    assert states(forced) == [f"{SN}.xml"]
    assert forced.state().find("device").get("known") == "5"
    assert forced.read(f"certs/{SN}-issued.cer") == b"its certificate"


def test_of_several_the_newest_counts_and_its_own_before_all(forced: Site) -> None:
    for age, other in enumerate(("0090333000AF", "0090333000af"), 1):
        path = forced.put(f"status/{other}.xml", f'<state><device known="{age}"/></state>', age=age * 1000)
        assert path.exists()
    call(forced, poll(), **proof())
    assert forced.state().find("device").get("known") == "1"
    call(forced, poll(), **proof())
    assert sorted(states(forced)) == sorted([f"{SN}.xml", "0090333000af.xml"])


@pytest.mark.parametrize("name", ["IP232-30-00-af", "SWPHONE-00-00-77", "IP-232-30-00-AF"])
def test_what_a_hardware_id_is(name: str) -> None:
    assert hardware(name)


@pytest.mark.parametrize("name", [*SAME, SN, "30-00-af", "evil30-00-af", "-30-00-af", "1", "ac-00-11-30-00-af"])
def test_what_none_is(name: str) -> None:
    assert hardware(name) is None
