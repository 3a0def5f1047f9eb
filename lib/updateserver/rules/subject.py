"""Attributes that the subject of a client certificate must hold: `customcerts/@CAsubject`."""

from updateserver.rules import dn

Name = tuple[tuple[str, str], ...]


def subject_fits(required: str, subject: str | Name) -> bool:
    """Tell whether a subject holds each required attribute: `C=DE,O=innovaphone`, in any order, in any spelling of DNs.

    Text that is required but cannot be read as attributes fits nobody.
    """
    if not required.strip():
        return True
    wanted = dn.parsed(required.strip())
    held = dn.parsed(subject) if isinstance(subject, str) else tuple((kind.upper(), value) for kind, value in subject)
    return bool(wanted) and all(attribute in held for attribute in wanted)
