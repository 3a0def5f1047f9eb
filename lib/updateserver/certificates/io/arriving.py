"""A signing request has arrived: where it came from is kept, the journal told, and the policy asked.

The request itself is stored by then, whatever it is. None of this holds the device's lock while somebody is waited for.
"""

from dataclasses import asdict, replace

from updateserver.base.io.files import only_writer
from updateserver.base.message import Message
from updateserver.certificates.io.enrolment import Enrolment
from updateserver.certificates.io.signing import consider
from updateserver.certificates.reader import digest
from updateserver.certificates.request_checks import rank
from updateserver.trust.call import Call
from updateserver.trust.certificate import RequestConflict, RequestOrigin, value_of
from updateserver.trust.proof import FACTORY, is_certain, proof

_BEFORE = Message("another request for this serial number came before it and was never signed")
_AFTER = Message("another request for this serial number came while this one is waiting")


def is_better(enrolment: Enrolment, call: Call, content: bytes, now: int) -> bool:
    """Tell whether a request takes the place of the one that is waiting; of one that was signed it never does."""
    review = enrolment.review(now)
    if review is None or enrolment.read(enrolment.files.signed) is not None:
        return review is None
    request, _, faults = enrolment.judged(content)
    verified = _origin(enrolment, call, content, now).verified
    # Equal is not better: else two that send in turn would replace each other for ever.
    return rank(request, faults, verified) > rank(review.request, review.faults, review.case.verified)


def arrived(enrolment: Enrolment, call: Call, now: int) -> None:
    """Do what is to be done about a request that was just stored."""
    content = enrolment.read(enrolment.files.request)
    if content is None:
        return
    origin, before = _origin(enrolment, call, content, now), enrolment.origin
    is_contested = enrolment.conflict is not None
    # A device may send its request twice: where an answer was lost, or where it was asked for it again.
    if before and before.request == origin.request and (before.verified or not origin.verified):
        if before.faulty != origin.faulty:  # what is asked for was changed
            enrolment.keep(replace(before, faulty=origin.faulty))
        return  # it was sent again
    with only_writer(enrolment.installation.locks, enrolment.lock):
        if before and _is_rival(enrolment, before, origin):
            _note_conflict(enrolment, replace(before, time=now), _BEFORE)
        enrolment.keep(origin)
    review = enrolment.review(now)
    if review and (origin.verified or not is_contested):  # lest somebody who tries on and on fills the journal
        details = {"origin": asdict(origin), "case": asdict(review.case), "objections": review.objections}
        request = asdict(review.request) if review.request else None
        enrolment.journal.append("request", enrolment.sn, "device", **details, request=request)
    consider(enrolment, now)


def another_arrived(enrolment: Enrolment, call: Call, content: bytes, now: int) -> bool:
    """Keep that somebody sent a second request while one is waiting; it is not stored. False where it is none."""
    origin = _origin(enrolment, call, content, now)
    if not origin.is_request:
        return False
    with only_writer(enrolment.installation.locks, enrolment.lock):
        _note_conflict(enrolment, origin, _AFTER)
    return True


def _is_rival(enrolment: Enrolment, before: RequestOrigin, origin: RequestOrigin) -> bool:
    """Tell whether an earlier request speaks for somebody else having made one of the two."""
    # The key counts, not the bytes: a device may make a second request for one key.
    is_other = before.is_request and before.key != origin.key
    return is_other and not origin.verified and not _was_signed(enrolment, before.key)


def _note_conflict(enrolment: Enrolment, other: RequestOrigin, why: str) -> None:
    """Keep the other one; the journal tells of the first only, lest it be filled by somebody who tries on and on."""
    known = enrolment.conflict
    if known is None:
        enrolment.journal.append("conflict", enrolment.sn, "device", reasons=[why], other=asdict(other))
    enrolment.keep(RequestConflict(other.key, other.address, other.time, known.count + 1 if known else 1, why))


def _was_signed(enrolment: Enrolment, key: str) -> bool:
    issued = enrolment.certificate(enrolment.files.issued)
    return issued is not None and issued.key.fingerprint == key


def _origin(enrolment: Enrolment, call: Call, content: bytes, now: int) -> RequestOrigin:
    request, key, faults = enrolment.judged(content)
    # Kept with the request: its state may be forgotten while it waits.
    known_since = enrolment.known_since or now
    origin = RequestOrigin(digest(content), key, call.certain_address, now, known_since, faulty=bool(faults))
    certs = enrolment.config.customcerts
    shown = proof(call, certs, FACTORY)
    # what a web server leaves open, and a name that many devices share, is not enough here
    is_explicit = call.tls.verify == "SUCCESS" and bool(call.tls.issuer) and shown.name != certs.CAwildcard
    name = value_of(request.subject, "CN") if request else ""
    if is_explicit and not shown.why_not and is_certain(shown, enrolment.claim(), name):
        return replace(origin, verified=shown.name, is_factory=shown.is_factory)
    return origin
