"""A signing request has arrived: where it came from is kept, the journal told, and the policy asked.

The request itself is stored by then, whatever it is. None of this holds the device's lock while somebody is waited for.
"""

from dataclasses import asdict, replace

from updateserver.base.io.files import only_writer
from updateserver.certificates.io.enrolment import Enrolment
from updateserver.certificates.io.signing import consider
from updateserver.certificates.reader import digest
from updateserver.certificates.request_checks import rank
from updateserver.trust.call import Call
from updateserver.trust.certificate import RequestConflict, RequestOrigin, value_of
from updateserver.trust.proof import FACTORY, is_certain, proof

_BEFORE = "another request for this serial number came before it and was never signed"
_AFTER = "another request for this serial number came while this one is waiting"


def is_better(roll_out: Enrolment, call: Call, content: bytes, now: int) -> bool:
    """Tell whether a request takes the place of the one that is waiting; of one that was signed it never does."""
    review = roll_out.review(now)
    if review is None or roll_out.read(roll_out.files.signed) is not None:
        return review is None
    request, _, faults = roll_out.judged(content)
    verified = _origin(roll_out, call, content, now).verified
    return rank(request, faults, verified) > rank(review.request, review.faults, review.case.verified)


def arrived(roll_out: Enrolment, call: Call, now: int) -> None:
    """Do what is to be done about a request that was just stored."""
    content = roll_out.read(roll_out.files.request)
    if content is None:
        return
    origin, before = _origin(roll_out, call, content, now), roll_out.origin
    is_contested = roll_out.conflict is not None
    if before and before.request == origin.request and (before.verified or not origin.verified):
        if before.faulty != origin.faulty:  # what is asked for was changed
            roll_out.keep(replace(before, faulty=origin.faulty))
        return  # it was sent again
    with only_writer(roll_out.site.locks, roll_out.lock):
        if before and _is_rival(roll_out, before, origin):
            _note_conflict(roll_out, replace(before, time=now), _BEFORE)
        roll_out.keep(origin)
    review = roll_out.review(now)
    if review and (origin.verified or not is_contested):  # lest somebody who tries on and on fills the journal
        told = {"origin": asdict(origin), "case": asdict(review.case), "objections": review.objections}
        request = asdict(review.request) if review.request else None
        roll_out.journal.append("request", roll_out.sn, "device", **told, request=request)
    consider(roll_out, now)


def another_arrived(roll_out: Enrolment, call: Call, content: bytes, now: int) -> bool:
    """Keep that somebody sent a second request while one is waiting; it is not stored. False where it is none."""
    origin = _origin(roll_out, call, content, now)
    if not origin.is_request:
        return False
    with only_writer(roll_out.site.locks, roll_out.lock):
        _note_conflict(roll_out, origin, _AFTER)
    return True


def _is_rival(roll_out: Enrolment, before: RequestOrigin, origin: RequestOrigin) -> bool:
    """Tell whether an earlier request speaks for somebody else having made one of the two."""
    is_other = before.is_request and before.key != origin.key
    return is_other and not origin.verified and not _was_signed(roll_out, before.key)


def _note_conflict(roll_out: Enrolment, other: RequestOrigin, why: str) -> None:
    """Keep the other one; the journal tells of the first only, lest it be filled by somebody who tries on and on."""
    known = roll_out.conflict
    if known is None:
        roll_out.journal.append("conflict", roll_out.sn, "device", reasons=[why], other=asdict(other))
    roll_out.keep(RequestConflict(other.key, other.address, other.time, known.count + 1 if known else 1, why))


def _was_signed(roll_out: Enrolment, key: str) -> bool:
    issued = roll_out.certificate(roll_out.files.issued)
    return issued is not None and issued.key.fingerprint == key


def _origin(roll_out: Enrolment, call: Call, content: bytes, now: int) -> RequestOrigin:
    request, key, faults = roll_out.judged(content)
    known_since = roll_out.known_since or now
    origin = RequestOrigin(digest(content), key, call.certain_address, now, known_since, faulty=bool(faults))
    certs = roll_out.config.customcerts
    shown = proof(call, certs, FACTORY)
    # what a web server leaves open, and a name that many devices share, is not enough here
    is_explicit = call.tls.verify == "SUCCESS" and bool(call.tls.issuer) and shown.name != certs.CAwildcard
    name = value_of(request.subject, "CN") if request else ""
    if is_explicit and not shown.why_not and is_certain(shown, roll_out.claim(), name):
        return replace(origin, verified=shown.name, is_factory=shown.is_factory)
    return origin
