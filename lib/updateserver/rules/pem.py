"""PEM and DER, as text around bytes: what the bytes say is not looked at."""

import base64
import re

_BLOCK = re.compile(rb"-----BEGIN [A-Z0-9 ]+-----(.+?)-----END ", re.DOTALL)
_LINE = 64  # characters of base64


def der(content: bytes) -> bytes:
    """Return the DER of the first block of a PEM file; what is no PEM is returned as it is."""
    block = _BLOCK.search(content)
    if not block:
        return content
    try:
        return base64.b64decode(block[1])
    except ValueError:
        return content


def request_pem(content: bytes) -> bytes:
    """Return the PEM of a signing request, lines ended by CR LF."""
    text = base64.b64encode(content)
    lines = [text[place : place + _LINE] for place in range(0, len(text), _LINE)]
    edge = b"CERTIFICATE REQUEST-----"
    return b"\r\n".join((b"-----BEGIN " + edge, *lines, b"-----END " + edge, b""))
