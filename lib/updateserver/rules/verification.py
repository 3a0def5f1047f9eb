"""What web servers mean by the number of what OpenSSL found wrong with a certificate (X509_V_ERR_...).

lighttpd gives nothing else: `FAILED:reason(7)`.
"""

import re

_REASON = re.compile(r"reason\((\d+)\)", re.ASCII)
_UNTRUSTED = "none of the CAs that it trusts made it"
_NO_CA = "a certificate above it is not that of a CA"
_NAMES = "it bears a name that a CA above it may not certify"
_REVOCATION = "whether it was revoked cannot be told: {}"

_WORDS = {
    1: "something about it cannot be verified",
    2: _UNTRUSTED,
    3: _REVOCATION.format("there is no list of its CA"),
    4: "its signature cannot be read",
    5: _REVOCATION.format("the signature of the list cannot be read"),
    6: "the key of its CA cannot be read",
    7: "its signature is not that of the CA that it names: it is forged, or the CA has another key by now",
    8: _REVOCATION.format("the list was not signed by its CA"),
    9: "it is not valid yet",
    10: "it has expired",
    11: _REVOCATION.format("the list is not valid yet"),
    12: _REVOCATION.format("the list has expired"),
    13: "the date when it begins cannot be read",
    14: "the date when it ends cannot be read",
    15: _REVOCATION.format("the date of the list cannot be read"),
    16: _REVOCATION.format("the date of the next list cannot be read"),
    17: "the web server ran out of memory",
    18: "it is self-signed",
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    22: "there are more CAs above it than the web server follows",
    23: "it was revoked",
    24: _NO_CA,
    25: "a CA above it may not certify another CA",
    26: "it is not meant for a TLS client (its extendedKeyUsage lacks clientAuth)",
    27: "the web server does not trust its CA for that",
    28: "the web server rejects its CA for that",
    29: "it names another CA than the one that was found",
    30: "it names another key of its CA than the one that was found",
    31: "it names another certificate of its CA than the one that was found",
    32: "its CA may not sign certificates (its keyUsage lacks keyCertSign)",
    33: _REVOCATION.format("there is no list of the CA"),
    34: "it has a critical extension that the web server does not know",
    35: "its CA may not sign lists of revoked certificates",
    36: _REVOCATION.format("the list has a critical extension that the web server does not know"),
    37: _NO_CA,
    38: "a proxy certificate stands too far below its issuer",
    39: "it may not sign (its keyUsage lacks digitalSignature)",
    40: "proxy certificates are not allowed",
    41: "one of its extensions cannot be read",
    42: "one of its policies cannot be read",
    43: "it has no policy that the web server asks for",
    44: _REVOCATION.format("there is a list of another kind"),
    45: "one of its extensions is of a kind that the web server does not know",
    46: "it names addresses that its CA may not certify",
    47: _NAMES,
    48: _NAMES,
    49: "the names that a CA above it may certify have minima, which the web server does not know",
    50: "the web server's own check refused it",
    51: "the names that a CA above it may certify are of a kind that the web server does not know",
    52: "the names that a CA above it may certify cannot be read",
    53: "one of its names cannot be read",
    54: _REVOCATION.format("the list could not be checked"),
    62: "it names another host",
    63: "it names another e-mail address",
    64: "it names another address",
    65: "the web server was asked about a certificate that it does not have",
    66: "its key is too short",
    67: "the key of a CA above it is too short",
    68: "it or a CA above it was signed with a digest that is too weak",
    69: "the web server was called wrongly",
    70: "the web server could not look the CA up",
    71: "no valid signed timestamps of it are there",
    72: "OCSP says nothing of it",
    73: "OCSP gave no answer",
    74: "OCSP does not know it",
    75: "its signature is made in another way than it says",
    76: "the signature of a CA above it is made in another way than its key allows",
    77: "its CA's certificate names no key that it could be known by",
    78: "a key above it lacks its parameters",
    79: "the basic constraints of a CA above it are not critical",
    80: "the issuer's name is empty",
    81: "the subject's name is empty",
    82: "it names no key of its CA",
    83: "it names no key of its own",
    84: "its alternative names are empty",
    85: "the alternative names of a CA above it are not critical",
    86: "the basic constraints of a CA above it are missing",
    87: "its CA names no limit for those below it",
    88: "it limits those below it, though it is no CA",
    89: "the keyUsage of a CA above it is missing",
    90: "it may sign certificates (keyCertSign), though it is no CA",
    91: "it has extensions, though it is of version 1 or 2",
    92: "one of its keys has parameters that the web server does not allow",
}


def found_wrong(verify: str) -> str:
    """Return what was found wrong in words, "" where no number says it."""
    number = _REASON.search(verify)
    if number is None:
        return ""
    return _WORDS.get(int(number[1][:4]), "OpenSSL found something wrong with it: see X509_V_ERR in its documentation")
