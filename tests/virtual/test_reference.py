"""The reference device, well and badly."""

import pytest

from updateserver.virtual.network import Network
from updateserver.virtual.reference import VirtualReference


def ask(reference):
    return Network(timeout=0.2).fetch(reference.url)


def test_a_reference_device_tells_its_version():
    with VirtualReference("14r1 IP811[14.0001], Bootcode[140001], Hardware[300] ") as reference:
        assert b'<sys version="14r1 IP811[14.0001], Bootcode[140001], Hardware[300] "' in ask(reference).body
        assert reference.asked == 1


@pytest.mark.parametrize("mood", ["hang", "down"])
def test_a_reference_device_can_fail_to_answer(mood):
    with VirtualReference(mood=mood) as reference:
        assert ask(reference).status == 0


def test_a_reference_device_can_answer_garbage():
    with VirtualReference(mood="garbage") as reference:
        call = ask(reference)
        assert call.status == 200
        assert b"<info>" not in call.body


def test_a_reference_device_can_answer_with_an_error():
    with VirtualReference(mood="error") as reference:
        assert ask(reference).status == 500


def test_a_reference_device_can_want_a_password():
    with VirtualReference(user="admin", password="secret") as reference:  # noqa: S106 -- a test's
        assert ask(reference).status == 401
