"""What web servers mean by the number of what OpenSSL 3 found wrong with a certificate (X509_V_ERR_...).

lighttpd gives nothing else: `FAILED:reason(7)`.
"""

import re

_REASON = re.compile(r"reason\((\d+)\)", re.ASCII)
_UNTRUSTED = "none of the CAs that it trusts made it"
_NO_CA = "a certificate above it is not that of a CA"
_NAMES = "it bears a name that a CA above it may not certify"
_SUITE_B = "the web server asks for Suite B, and {}"
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
    24: "its CA's certificate has no key that can be used, or is not that of a CA",
    25: "a CA above it may not certify another CA",
    26: "it is not meant for a TLS client (its extendedKeyUsage lacks clientAuth)",
    27: "the web server does not trust its CA for that",
    28: "the web server rejects its CA for that",
    29: "it names another CA than the one that was found",
    30: "it names another key of its CA than the one that was found",
    31: "it names another certificate of its CA than the one that was found",
    32: "its CA may not sign certificates (its keyUsage lacks keyCertSign)",
    33: _REVOCATION.format("the certificate of who signed the list is not known"),
    34: "it has a critical extension that the web server does not know",
    35: "its CA may not sign lists of revoked certificates",
    36: _REVOCATION.format("the list has a critical extension that the web server does not know"),
    37: "it is the certificate of a CA, not of a device",
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
    55: "the CAs above it certify each other in a circle",
    56: _SUITE_B.format("it is of version 1 or 2"),
    57: _SUITE_B.format("its key is of another kind"),
    58: _SUITE_B.format("its key is of another curve"),
    59: _SUITE_B.format("it is signed in another way"),
    60: _SUITE_B.format("the curve of its key is not allowed"),
    61: _SUITE_B.format("its key is longer than that of its CA"),
    62: "it names another host",
    63: "it names another e-mail address",
    64: "it names another address",
    65: "it is none of those that DNS names (DANE)",
    66: "its key is too short",
    67: "the key of a CA above it is too short",
    68: "it or a CA above it was signed with a digest that is too weak",
    69: "the web server was called wrongly",
    70: "the web server could not look the CA up",
    71: "no valid signed timestamps of it are there",
    72: "it is a proxy certificate with a name that is not its issuer's",
    73: _REVOCATION.format("OCSP was not asked"),
    74: _REVOCATION.format("OCSP gave no answer that can be believed"),
    75: _REVOCATION.format("OCSP does not know it"),
    76: "its signature is of a kind that the web server does not know",
    77: "its signature is of another kind than the key of its CA",
    78: "it names two kinds of signature",
    79: _NO_CA,
    80: "it limits CAs below it, though it is no CA",
    81: "a CA above it limits those below it, though it may not sign certificates (its keyUsage lacks keyCertSign)",
    82: "it may sign certificates (keyCertSign), though it is no CA",
    83: "the issuer's name is empty",
    84: "the subject's name is empty",
    85: "it names no key of its CA",
    86: "it names no key of its own",
    87: "its alternative names are empty",
    88: "the subject's name is empty, and its alternative names are not critical",
    89: "the basic constraints of a CA above it are not critical",
    90: "the name of its CA's key is critical",
    91: "the name of its own key is critical",
    92: "the keyUsage of a CA above it is missing",
    93: "it has extensions, though it is of version 1 or 2",
    94: "one of its keys has parameters that the web server does not allow",
}


def found_wrong(verify: str) -> str:
    """Return what was found wrong in words, "" where no number says it."""
    number = _REASON.search(verify)
    if number is None:
        return ""
    return _WORDS.get(int(number[1][:4]), "OpenSSL found something wrong with it: see X509_V_ERR in its documentation")
