"""The properties that a device is told along with its new URL, where the project's trust value asks for them.

The device keeps them as variables `r-...` of its update client, for scripts to use.
"""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote_plus

from updateserver.redirection.asking import Asking
from updateserver.redirection.registry import Project

_PLAIN = "-._~:/?&='()!*,;@$"  # what stands for itself in the vendor's samples, or cannot be mistaken
# As the vendor's sample has it: 2013-07-08.14:05:14.
_MOMENT = "%Y-%m-%d.%H:%M:%S"


def reports(asking: Asking, project: Project, now: datetime) -> Iterator[str]:
    """Yield the lines that tell the device its properties; those that have no value are left out."""
    trust = project.parsed_trust
    values = _values(asking, project, now) if trust.properties else {}
    for name in trust.properties:
        if values[name]:
            yield f"mod cmd UP1 setvar r-{name} {written(values[name])}"


def written(value: str) -> str:
    """Return text as one word of a script: a blank is `+`, what a word cannot hold is %XX."""
    # As in the vendor's samples: "redirected+to+http...".
    return quote_plus(value, safe=_PLAIN, errors="surrogateescape")


def _values(asking: Asking, project: Project, now: datetime) -> dict[str, str]:
    return {
        "mac": asking.mac,
        "boot": asking.bootcode,
        # As a property it is the model's number, 501, not the text IP811-41-03-57 that devices call with.
        "hwid": asking.hardware,
        "type": asking.type,
        "prj-id": str(project.id),
        "prj-name": project.name,
        "prj-comment": project.comment,
        "prj-trust": project.parsed_trust.certificate,
        "cust-name": project.customer.name,
        "cust-id": str(project.customer.id),
        "ip": asking.address,
        "prj-urlroot": project.url.partition("?")[0].rpartition("/")[0],
        "redirected": now.strftime(_MOMENT),
    }
