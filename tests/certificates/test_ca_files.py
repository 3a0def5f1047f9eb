"""The CA's files for devices: whether they are a chain is said by the check and by the answer to an upload."""

import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner
from cryptography import x509

from tests.certificates.kit import LOCAL, MANUAL, configuration, der, init_ca, pem
from tests.certificates.wrong_files import DAY, OTHER_KEY, Ca
from tests.site import Site
from updateserver.cli.check_config import check_config

ROOT = Ca.named("Root")
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)
BELOW = ROOT.make(OTHER_KEY.public_key(), AUTHORITY, cn="My CA")


def findings(site: Site, element: str) -> list[str]:
    told = json.loads(CliRunner().invoke(check_config, ["--root", str(site.root), "--json"]).output)
    return [finding["message"] for finding in told if finding["element"] == f"customcerts/@{element}"]


def with_files(site: Site, files: Sequence[bytes]) -> list[str]:
    site.configure(configuration(MANUAL))
    for number, content in enumerate(files, 1):
        site.put(f"certs/CAkey-{number:02}.cer", content)
    return findings(site, "CAkeys")


def test_a_chain_in_order_is_good(site: Site) -> None:
    assert with_files(site, [der(BELOW), pem(ROOT.certificate)]) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "there is no such file: put the CA's certificate in as CAkey-01.cer"),
        (
            [der(ROOT.certificate), der(BELOW)],
            "CAkey-02.cer did not sign CAkey-01.cer: rename them so that the order is CAkey-02.cer, CAkey-01.cer",
        ),
        ([der(BELOW)], "CAkey-01.cer is no root: add the certificate of 'Root'"),
        ([der(BELOW), der(Ca.named("Root").certificate)], "CAkey-02.cer did not sign CAkey-01.cer"),
        ([b"nonsense"], "CAkey-01.cer: contains no certificate"),
        ([der(ROOT.make(OTHER_KEY.public_key()))], "is no CA (CA:TRUE is missing)"),
        ([der(ROOT.make(OTHER_KEY.public_key(), AUTHORITY, begin=-400 * DAY))], "CAkey-01.cer: expired on"),
        ([pem(BELOW) + pem(ROOT.certificate)], "CAkey-01.cer holds several certificates, devices get the first only"),
    ],
    ids=["none", "wrong order", "no root", "another root", "nonsense", "no CA", "expired", "several in one"],
)
def test_what_is_no_chain_is_said(site: Site, files: list[bytes], said: str) -> None:
    assert any(said in message for message in with_files(site, files))


def test_a_missing_ca_of_its_own_is_said(site: Site) -> None:
    site.configure(configuration(LOCAL))
    assert findings(site, "CAtype") == ["there is no CA to sign: run updateserver certificates init-ca"]
    init_ca(site)
    assert findings(site, "CAtype") == findings(site, "CAkeys") == findings(site, "CAname") == []
    site.configure(configuration(LOCAL | {"CAname": "Another"}))
    assert findings(site, "CAname") == ["our own CA 'Update Server CA' is missing: no certificate would be good"]


@pytest.mark.parametrize(
    ("attributes", "element", "said"),
    [
        ({"auto-sign-off": "true"}, "auto-sign-off", 'does nothing without CAtype="local"'),
        ({"auto-sign-off": "true"}, "auto-sign-off", "only devices that show a verified certificate are signed for"),
        ({"network": "10.0.0.0", "netmask": "x"}, "netmask", "no network"),
        ({"network": "office"}, "network", "'office' is no address"),
        ({"CSRdn-cn": "{name}"}, "CSRdn-cn", "requests do not name the device: write {hwid} or {sn}"),
        ({"CAsubject": "innovaphone"}, "CAsubject", "no client certificate fits: write such as C=DE,O=innovaphone"),
    ],
)
def test_settings_that_do_not_go_together_are_said(
    site: Site, attributes: dict[str, str], element: str, said: str
) -> None:
    site.configure(configuration(MANUAL | attributes))
    assert any(said in message for message in findings(site, element))
