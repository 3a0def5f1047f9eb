"""Steps: what the rules want to be done, one by one, for somebody else to do it.

The first group (`Output`) makes up the script that the device gets, the second one (`Change`) changes its state, and
the third one (`Deed`) other files. A `Note` is both output and change.
"""

from collections.abc import Sequence
from typing import NamedTuple

from updateserver.model.identity import Identity


class Line(NamedTuple):
    """A line that the device acts on."""

    text: str


class Comment(NamedTuple):
    """A line for the admin who looks at the script; "" is a blank line."""

    text: str


class Listing(NamedTuple):
    """Many comments at once."""

    texts: Sequence[str]


class Content(NamedTuple):
    """The bytes of a snippet, passed through as they are."""

    content: bytes


class Log(NamedTuple):
    """A message in the device's log; "" is the ruler between two calls."""

    message: str


class Note(NamedTuple):
    """A message for both: the reader of the script and the reader of the device's log."""

    message: str


class Remember(NamedTuple):
    """An attribute of the device's state: `element` is state, device, firmware or bootcode."""

    element: str
    attribute: str
    value: str


class Forget(NamedTuple):
    """An attribute of the device's state that goes."""

    element: str
    attribute: str


class Delivered(NamedTuple):
    """A snippet file was sent to the device: `version` is its time of change, Unix seconds."""

    filename: str
    version: int


class Answered(NamedTuple):
    """The device answered a query: `content` is well-formed XML without a root."""

    id: str
    content: str


class ForgetAnswer(NamedTuple):
    """The answer to a query no longer counts: the device is to tell it anew."""

    id: str


class Prove(NamedTuple):
    """The device has shown a verified certificate."""

    identity: Identity


class RemoveCertificateFile(NamedTuple):
    """A file of the certificate folder that is no longer needed."""

    name: str


class KeepAsIssued(NamedTuple):
    """A device's signed certificate has reached it: keep it as the one that it was given last."""

    signed: str  # names of files
    issued: str


class ConsiderRequest(NamedTuple):
    """A device's request is waiting: it may be the policy's turn to sign it."""

    sn: str


class SaveCertificateFile(NamedTuple):
    """A file of the certificate folder that is missing."""

    name: str
    content: bytes


class Abandon(NamedTuple):
    """Stop, and record nothing of this call."""


Output = Line | Comment | Listing | Content
Change = Log | Note | Remember | Forget | Delivered | Answered | ForgetAnswer
Deed = Prove | RemoveCertificateFile | SaveCertificateFile | KeepAsIssued | ConsiderRequest
Step = Output | Change | Deed | Abandon
