"""What the subject of a client certificate must hold: `customcerts/@CAsubject`."""

import pytest

from updateserver.trust.distinguished_names import subject_fits

REQUIRED = "C=DE,O=innovaphone"


@pytest.mark.parametrize(
    "subject",
    [
        "/C=DE/O=innovaphone/CN=IP1202-35-fe-4d",
        "CN=IP1202-35-fe-4d,O=innovaphone,C=DE",
        "C = DE, O = innovaphone, CN = IP1202-35-fe-4d",
        (("C", "DE"), ("O", "innovaphone"), ("CN", "IP1202-35-fe-4d")),
    ],
)
def test_a_subject_fits_however_it_is_written(subject: str) -> None:
    assert subject_fits(REQUIRED, subject)
    assert subject_fits(" O = innovaphone ", subject)
    assert subject_fits("", subject)


@pytest.mark.parametrize(
    "subject",
    ["", "CN=IP1202-35-fe-4d", "/C=DE/O=Innovaphone/CN=x", "/C=DE/CN=O=innovaphone", "C=DE,O=innovaphone2", "nonsense"],
)
def test_another_subject_does_not(subject: str) -> None:
    assert not subject_fits(REQUIRED, subject)


def test_what_cannot_be_read_fits_nobody() -> None:
    assert not subject_fits("innovaphone", "O=innovaphone")
