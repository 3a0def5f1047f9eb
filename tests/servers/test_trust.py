"""Who gets snippets: one set of callers, and each of them before lighttpd, Apache and the embedded server."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from lxml import etree

from tests.certificates.kit import QUERIES, done
from tests.servers.program import PROJECT
from tests.servers.trusting import ALL, LISTED, Trusting, authorities, expired, trusting
from tests.site import Answer, poll
from updateserver.virtual.credential import Credential
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.identity import Identity

WILDCARD = "*.phones.example.com"
NAMES = f'CAname="{",".join(LISTED)}" CAwildcard="{WILDCARD}"'
CERTS = f'<customcerts dir="certs" {NAMES} CSRdn-cn="{{hwid}}" CSRkey="P-256"/>'
CONFIGURATION = f'<master info=""/><status dir="status"/><backup dir="backup"/>{CERTS}{QUERIES}<debugcerts>true</debugcerts>'
PHONE, OTHER = Identity(), Identity(sn="00-90-33-30-00-b0")
GOOD = (
    '<info><servercert><certificate subject_cn="x" issuer_cn="My CA" not_before="01.01.2020-00:00:00" '
    'not_after="01.01.2049-00:00:00"/></servercert></info>'
)


def test_show(trusted: Trusting, scenario) -> None:
    pass
