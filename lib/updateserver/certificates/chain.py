"""Which keys and signatures are strong enough for a device's certificate.

Whether the files of `customcerts/@CAkeys`, sorted by name, are a chain: issuing CA first, root last.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from updateserver.base.text import day
from updateserver.trust.certificate import CaFile, PublicKey, known_as

LEAST_BITS = {"RSA": 2048, "EC": 256}
_WEAK_HASHES = ("md5", "sha1")


def weak_key(key: PublicKey) -> str | None:
    """Return what is wrong with a key, None if it is strong enough."""
    least = LEAST_BITS.get(key.kind)
    if least is None:
        return f"the key is {key.kind}, which devices cannot use: RSA from 2048 or EC from 256 bits is needed"
    if key.bits < least:
        return f"the key is weak: {key.kind} with {key.bits} bits, at least {least} are needed"
    return None


def weak_signature(algorithm: str) -> str | None:
    """Return what is wrong with the hash of a signature, None if it is strong enough."""
    if algorithm in _WEAK_HASHES:
        return f"it is signed with {algorithm.upper()}, which can be forged: have the CA sign with SHA-256"
    return None


def chain_faults(files: Sequence[CaFile], now: int) -> Iterator[str]:
    """Yield what keeps the files from being a chain that devices can follow (RFC 5280, section 6.1)."""
    for file in files:
        yield from (f"{file.name}: {problem}" for problem in _authority_faults(file, now))
    if any(file.certificate is None for file in files):
        return
    for below, above in pairwise(files):
        if above.name not in below.signed_by:
            yield f"{above.name} did not sign {below.name}{_right_order(files)}"
    if files and files[-1].name not in files[-1].signed_by:
        issuer = known_as(files[-1].certificate.issuer) if files[-1].certificate else ""
        yield f"{files[-1].name} is no root: add the certificate of {issuer!r} under a name that comes after it"


def _authority_faults(file: CaFile, now: int) -> Iterator[str]:
    certificate = file.certificate
    if certificate is None:
        yield file.problem
        return
    if not certificate.is_ca:
        yield f"{known_as(certificate.subject)!r} is no CA (CA:TRUE is missing)"
    elif certificate.key_usage is not None and "key_cert_sign" not in certificate.key_usage:
        yield f"{known_as(certificate.subject)!r} may not sign certificates (its keyUsage lacks keyCertSign)"
    if certificate.not_after < now:
        yield f"expired on {day(certificate.not_after)}"
    if certificate.not_before > now:
        yield f"not valid before {day(certificate.not_before)}"
    if weakness := weak_key(certificate.key):
        yield weakness
    if not certificate.is_self_issued and (weakness := weak_signature(certificate.signature_hash)):
        yield weakness


def _right_order(files: Sequence[CaFile]) -> str:
    """Return the order that would be right, where there is one."""
    left, order = {file.name: file for file in files}, list[str]()
    signs_another = {name for file in files for name in file.signed_by if name != file.name}
    name = next((file.name for file in files if file.name not in signs_another), None)
    while name in left:
        order.append(name)
        file = left.pop(name)
        name = next((other for other in file.signed_by if other in left), None)
    if left:
        return ""
    return f": rename them so that the order is {', '.join(order)} (issuing CA first, root last)"
