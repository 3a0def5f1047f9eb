"""Whether the files of `customcerts/@CAkeys` are a chain, issuing CA first, and which keys and signatures are weak."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from updateserver.base.message import Message
from updateserver.base.text import day
from updateserver.trust.certificate import CaFile, PublicKey, known_as

# Devices know RSA and EC only. From these sizes on no attack is known that could be paid for (NIST SP 800-57).
LEAST_BITS = {"RSA": 2048, "EC": 256}
# Collisions were shown for both: who can have one certificate signed can have another one fit the signature.
_WEAK_HASHES = ("md5", "sha1")


def weak_key(key: PublicKey) -> Message | None:
    """Return what is wrong with a key, None if it is strong enough."""
    least = LEAST_BITS.get(key.kind)
    if least is None:
        return Message(
            "the key is {kind}, which devices cannot use: RSA from 2048 or EC from 256 bits is needed", kind=key.kind
        )
    if key.bits < least:
        return Message(
            "the key is weak: {kind} with {bits} bits, at least {least} are needed",
            kind=key.kind,
            bits=key.bits,
            least=least,
        )
    return None


def weak_signature(algorithm: str) -> Message | None:
    """Return what is wrong with the hash of a signature, None if it is strong enough."""
    if algorithm in _WEAK_HASHES:
        hash_name = algorithm.upper()
        return Message("it is signed with {hash}, which can be forged: have the CA sign with SHA-256", hash=hash_name)
    return None


def chain_faults(files: Sequence[CaFile], now: int) -> Iterator[Message]:
    """Yield what keeps the files from being a chain that devices can follow (RFC 5280, section 6.1)."""
    for file in files:
        for problem in authority_faults(file, now):
            yield Message("{name}: {problem}", name=file.name, problem=problem)
    if any(file.certificate is None for file in files):
        return
    for below, above in pairwise(files):
        if above.name not in below.signed_by:
            yield _not_signed(above.name, below.name, _right_order(files))
    # Devices are sent the whole chain, and want its root last (the reference's documentation of CAkeys).
    if files and files[-1].name not in files[-1].signed_by:
        issuer = known_as(files[-1].certificate.issuer) if files[-1].certificate else ""
        yield Message(
            "{name} is no root: add the certificate of {issuer!r} under a name that comes after it",
            name=files[-1].name,
            issuer=issuer,
        )


def _not_signed(above: str, below: str, order: str) -> Message:
    if not order:
        return Message("{above} did not sign {below}", above=above, below=below)
    return Message(
        "{above} did not sign {below}: rename them so that the order is {order} (issuing CA first, root last)",
        above=above,
        below=below,
        order=order,
    )


def authority_faults(file: CaFile, now: int) -> Iterator[Message]:
    """Yield what keeps one file from being a CA's certificate."""
    certificate = file.certificate
    if certificate is None:
        yield file.problem if isinstance(file.problem, Message) else Message(file.problem)
        return
    if not certificate.is_ca:
        yield Message("{name!r} is no CA (CA:TRUE is missing)", name=known_as(certificate.subject))
    # RFC 5280, 4.2.1.3: without the extension every use is allowed.
    elif certificate.key_usage is not None and "key_cert_sign" not in certificate.key_usage:
        name = known_as(certificate.subject)
        yield Message("{name!r} may not sign certificates (its keyUsage lacks keyCertSign)", name=name)
    if certificate.not_after < now:
        yield Message("expired on {day}", day=day(certificate.not_after))
    if certificate.not_before > now:
        yield Message("not valid before {day}", day=day(certificate.not_before))
    if weakness := weak_key(certificate.key):
        yield weakness
    # A root's own signature proves nothing, so its hash does not matter: it is trusted since it lies here.
    if not certificate.is_self_issued and (weakness := weak_signature(certificate.signature_hash)):
        yield weakness


def _right_order(files: Sequence[CaFile]) -> str:
    """Return the order that would be right, "" where there is none."""
    left, order = {file.name: file for file in files}, list[str]()
    signs_another = {name for file in files for name in file.signed_by if name != file.name}
    # The issuing CA is the one that signed no other file.
    name = next((file.name for file in files if file.name not in signs_another), None)
    while name in left:
        order.append(name)
        file = left.pop(name)
        name = next((other for other in file.signed_by if other in left), None)
    if left:
        return ""
    return ", ".join(order)
