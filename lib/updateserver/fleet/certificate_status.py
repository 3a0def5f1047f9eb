"""What states keep as a device's certificate status, as messages that pages can say in any language.

The lines are the reference's, and ours in its manner (`poll/certificate.py`).
States and lists keep them as they are.
"""

from updateserver.base.message import recognized
from updateserver.poll.certificate import BUSY, FAILED, OFF, REJECTED, STRANGER, UNKNOWN, WAITING

_TEXTS = (
    OFF,
    UNKNOWN,
    FAILED,
    BUSY,
    STRANGER,
    REJECTED,
    WAITING,
    "there is an uploaded signed CSR ({path})",
    "CN {name}: invalid issuer: {issuer}: not in {accepted}",
    "{name}: not yet valid",
    "{name}: expired",
    "{name}: valid but must be renewed",
    "{path} cannot be sent: it {problem}",
    "removing {what}",
)


def certificate_status(certstat: str) -> str:
    """Return a certificate status as a message; what nobody here wrote, as it is."""
    return recognized(certstat, _TEXTS)
