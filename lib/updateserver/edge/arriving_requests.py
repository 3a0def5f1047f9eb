"""A signing request has arrived: where it came from is kept, the journal told, and the policy asked.

The request itself is stored by then, whatever it is. None of this holds the device's lock while somebody is waited for.
"""

from dataclasses import asdict, replace

from updateserver.edge.certificate_reader import digest, read_request
from updateserver.edge.files import only_writer
from updateserver.edge.roll_out import RollOut
from updateserver.edge.signing import consider
from updateserver.model.call import Call
from updateserver.model.certificate import Conflict, Origin, value_of
from updateserver.rules.trust import FACTORY, is_certain, proof

_BEFORE = "another request for this serial number came before it and was never signed"
_AFTER = "another request for this serial number came while this one is waiting"


def arrived(roll_out: RollOut, call: Call, now: int) -> None:
    """Do what is to be done about a request that was just stored."""
    content = roll_out.read(roll_out.files.request)
    if content is None:
        return
    origin, before = _origin(roll_out, call, content, now), roll_out.origin
    is_contested = roll_out.conflict is not None
    if before and before.request == origin.request and (before.verified or not origin.verified):
        return  # it was sent again
    with only_writer(roll_out.site.locks, roll_out.lock):
        if before and before.key != origin.key and not origin.verified and not _was_signed(roll_out, before.key):
            _note_conflict(roll_out, replace(before, time=now), _BEFORE)
        roll_out.keep(origin)
    review = roll_out.review(now)
    if review and (origin.verified or not is_contested):  # lest somebody who tries on and on fills the journal
        told = {"origin": asdict(origin), "case": asdict(review.case), "objections": review.objections}
        request = asdict(review.request) if review.request else None
        roll_out.journal.append("request", roll_out.sn, "device", **told, request=request)
    consider(roll_out, now)


def another_arrived(roll_out: RollOut, call: Call, content: bytes, now: int) -> None:
    """Keep that somebody sent a second request while one is waiting; it is not stored."""
    with only_writer(roll_out.site.locks, roll_out.lock):
        _note_conflict(roll_out, _origin(roll_out, call, content, now), _AFTER)


def _note_conflict(roll_out: RollOut, other: Origin, why: str) -> None:
    """Keep the other one; the journal tells of the first only, lest it be filled by somebody who tries on and on."""
    known = roll_out.conflict
    if known is None:
        roll_out.journal.append("conflict", roll_out.sn, "device", reasons=[why], other=asdict(other))
    roll_out.keep(Conflict(other.key, other.address, other.time, known.count + 1 if known else 1, why))


def _was_signed(roll_out: RollOut, key: str) -> bool:
    issued = roll_out.certificate(roll_out.files.issued)
    return issued is not None and issued.key.fingerprint == key


def _origin(roll_out: RollOut, call: Call, content: bytes, now: int) -> Origin:
    request, key = digest(content), _key(content)
    known_since = roll_out.known_since or now
    certs = roll_out.config.customcerts
    shown = proof(call, certs, FACTORY)
    # what a web server leaves open, and a name that many devices share, is not enough here
    is_explicit = call.tls.verify == "SUCCESS" and bool(call.tls.issuer) and shown.name != certs.CAwildcard
    if is_explicit and not shown.why_not and is_certain(shown, roll_out.claim(), _name(content)):
        return Origin(request, key, call.certain_address, now, known_since, shown.name, shown.is_factory)
    return Origin(request, key, call.certain_address, now, known_since)


def _key(content: bytes) -> str:
    try:
        return read_request(content).key.fingerprint
    except ValueError:
        return digest(content)


def _name(content: bytes) -> str:
    try:
        return value_of(read_request(content).subject, "CN")
    except ValueError:
        return ""
