"""Steps: what the rules want to be done, one by one, for somebody else to do it.

The first group (`Output`) makes up the script that the device gets, the second one (`Change`) changes its state, and
the third one (`Action`) other files. A `Note` is both output and change.

Each poll makes some forty of them, hence classes of the kind that is made fastest: no step is changed once it is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from updateserver.trust.call import ProvenIdentity


@dataclass(slots=True)
class Line:
    """A line that the device acts on."""

    text: str


@dataclass(slots=True)
class Comment:
    """A line for the admin who looks at the script; "" is a blank line."""

    text: str


@dataclass(slots=True)
class Listing:
    """Many lines at once; the comments among them begin with their "# "."""

    texts: Sequence[str]


@dataclass(slots=True)
class Content:
    """The bytes of a snippet, passed through as they are."""

    content: bytes


@dataclass(slots=True)
class Log:
    """A message in the device's log; "" is the ruler between two calls."""

    message: str


@dataclass(slots=True)
class Note:
    """A message for both: the reader of the script and the reader of the device's log."""

    message: str


@dataclass(slots=True)
class Remember:
    """Attributes of the device's state: `element` is state, device, firmware or bootcode."""

    element: str
    values: Mapping[str, str]


@dataclass(slots=True)
class Forget:
    """An attribute of the device's state that goes."""

    element: str
    attribute: str


@dataclass(slots=True)
class Delivered:
    """A snippet file was sent to the device: `version` is its time of change, Unix seconds."""

    filename: str
    version: int


@dataclass(slots=True)
class Answered:
    """The device answered a query: `answer` is the element that its state gets (`state_changes.answer_element`)."""

    id: str
    answer: etree._Element


@dataclass(slots=True)
class ForgetAnswer:
    """The answer to a query no longer counts: the device is to tell it anew."""

    id: str


@dataclass(slots=True)
class Prove:
    """The device has shown a verified certificate."""

    identity: ProvenIdentity


@dataclass(slots=True)
class RemoveCertificateFile:
    """A file of the certificate folder that is no longer needed."""

    name: str


@dataclass(slots=True)
class KeepAsIssued:
    """A device's signed certificate has reached it: keep it as the one that it was given last."""

    signed: str  # names of files
    issued: str


@dataclass(slots=True)
class ConsiderRequest:
    """A device's request is waiting: it may be the policy's turn to sign it."""

    sn: str


@dataclass(slots=True)
class SaveCertificateFile:
    """A file of the certificate folder that is missing."""

    name: str
    content: bytes


@dataclass(slots=True)
class Introduce:
    """What a device's answers are judged by, as attributes of `device`: it is asked, and was not known so far."""

    values: Mapping[str, str]


@dataclass(slots=True)
class Abandon:
    """Stop, and record nothing of this call but what was introduced."""


Output = Line | Comment | Listing | Content
Change = Log | Note | Remember | Forget | Delivered | Answered | ForgetAnswer
Action = Introduce | Prove | RemoveCertificateFile | SaveCertificateFile | KeepAsIssued | ConsiderRequest
Step = Output | Change | Action | Abandon
