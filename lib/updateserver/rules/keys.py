"""Which keys and signatures are strong enough for a device's certificate."""

from updateserver.model.certificate import PublicKey

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
