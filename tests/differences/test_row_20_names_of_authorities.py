"""Row 20: an issuer is known by its CN, its OU where it has none, or its whole DN, however the web server writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updateserver.trust import distinguished_names
from updateserver.trust.proof import is_accepted

SPELLINGS = [
    "/C=DE/O=innovaphone/OU=innovaphone Device Certification Authority",
    "OU=innovaphone Device Certification Authority,O=innovaphone,C=DE",
    "C = DE, O = innovaphone, OU = innovaphone Device Certification Authority",
    "C=DE, O=innovaphone, OU=innovaphone Device Certification Authority",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_dn_is_the_same_however_written(spelling: str) -> None:
    assert distinguished_names.parsed(spelling) == distinguished_names.parsed(SPELLINGS[0])
    assert distinguished_names.known_as(spelling) == "innovaphone Device Certification Authority"
    assert all(is_accepted(spelling, (accepted,)) for accepted in SPELLINGS)


def test_a_cn_goes_before_an_ou() -> None:
    assert distinguished_names.known_as("CN=My CA,OU=IT,O=ACME") == "My CA"


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        (r"CN=ACME\, Inc. CA,O=x", (("CN", "ACME, Inc. CA"), ("O", "x"))),
        ("/O=a/b/CN=c", (("CN", "c"), ("O", "a/b"))),
        ('CN="My, CA", O=x', (("CN", "My, CA"), ("O", "x"))),
        ("My CA", ()),
        ("", ()),
    ],
)
def test_separators_in_names_do_no_harm(text: str, attributes: tuple[tuple[str, str], ...]) -> None:
    assert distinguished_names.parsed(text) == attributes


def test_another_authority_with_more_attributes_is_another_one() -> None:
    assert not is_accepted("CN=My CA,O=Mallory", ("CN=My CA,O=ACME",))
    assert not is_accepted("CN=My CA,OU=x,O=ACME", ("CN=My CA,O=ACME",))


@given(st.text())
def test_whatever_is_written_is_read(text: str) -> None:
    assert distinguished_names.parsed(text) == tuple(sorted(distinguished_names.parsed(text)))
