"""Whether a caller is the device that it says it is."""

import re
from dataclasses import dataclass

from updateserver.model.call import Call, TlsClient
from updateserver.model.configuration import CustomCerts
from updateserver.rules import dn
from updateserver.rules.subject import subject_fits
from updateserver.rules.text import latin1

# the maker's authorities: whoever shows a certificate of theirs is that very device (Reference10: Concept Provisioning)
FACTORY = ("innovaphone Device Certification Authority", "innovaphone Device Certification Authority 2")

# early certificates name these types wrongly (Reference10: Concept Provisioning)
_EARLY = {"IP222s": "IP222", "IP232s": "IP232", "IP240a": "IP240", "IP200a": "IP200"}
# lighttpd names what OpenSSL found wrong by its number only (X509_V_ERR_...)
_UNTRUSTED = "none of the CAs that it trusts made it"
_FOUND_WRONG = {"9": "it is not valid yet", "10": "it has expired", "18": "it is self-signed", "19": _UNTRUSTED,
                "20": _UNTRUSTED, "21": _UNTRUSTED, "23": "it was revoked"}  # fmt: skip
_LAST_BYTES = 6  # hexadecimal digits of a serial number that a hardware id ends with


@dataclass(frozen=True, slots=True)
class Proof:
    """What a caller's certificate proves: the name that it bears, or why it proves nothing."""

    name: str = ""
    why_not: str = ""
    is_factory: bool = False


def device_name(cn: str) -> str:
    """Return the common name of a device certificate, with the types that early ones name wrongly put right."""
    model, dash, rest = cn.partition("-")
    return _EARLY.get(model, model) + dash + rest


def is_accepted(name: str, accepted: tuple[str, ...]) -> bool:
    """Tell whether a CA is one of `customcerts/@CAname`: by name in whichever encoding, or by DN however written."""
    if any(name in (one, latin1(one)) for one in accepted):
        return True
    attributes = dn.parsed(name)
    return bool(attributes) and any(attributes == dn.parsed(one) for one in accepted)


def proof(call: Call, certs: CustomCerts, also: tuple[str, ...] = ()) -> Proof:
    """Return what the web server says about the caller's certificate; `also` names issuers accepted beside @CAname."""
    tls = call.tls
    if not tls.cn and not (tls.verify or "").startswith("FAILED"):
        return Proof(
            why_not="cannot verify CN with HTTPS: SSL_CLIENT_S_DN_CN not present - "
            "fix web server configuration or use MTLS-enabled port!"
        )
    # lighttpd of before 1.4.60 says nothing of these: there its own enforcement is relied on
    if not tls.cn or (tls.verify != "SUCCESS" and not (call.lighttpd and tls.verify is None)):
        return Proof(why_not=f"client certificate not verified by the web server: {_verification(tls)}")
    if not subject_fits(certs.CAsubject, tls.subject):
        return Proof(why_not=f"client certificate of '{tls.subject}' does not hold CAsubject '{certs.CAsubject}'")
    name = device_name(tls.cn)
    if tls.issuer is None:
        if call.lighttpd:
            return Proof(name)
        return Proof(why_not="cannot check the issuer of the client certificate: SSL_CLIENT_I_DN not present")
    is_factory = any(is_accepted(issuer, FACTORY) for issuer in tls.issuer)
    if any(is_accepted(issuer, certs.CAname + also) for issuer in tls.issuer):
        return Proof(name, is_factory=is_factory)
    issuers = " / ".join(sorted(tls.issuer)) or "nobody known"
    return Proof(why_not=f"client certificate issued by '{issuers}' which is not in CAname")


def _verification(tls: TlsClient) -> str:
    number = re.search(r"reason\((\d+)\)", tls.verify or "")
    wrong = _FOUND_WRONG.get(number[1]) if number else None
    return f"SSL_CLIENT_VERIFY is '{tls.verify or 'not set'}'" + (f", which means that {wrong}" if wrong else "")


def distrust(call: Call, certs: CustomCerts, hwid: str, sn: str | None) -> str | None:
    """Return why a caller cannot be trusted to be the device `hwid`/`sn`, None if it can."""
    found = proof(call, certs)
    if found.why_not or _is_wildcard(found.name, certs):
        return found.why_not or None
    if sn is not None and not one_identity(hwid, sn):
        return f"Device claims to be '{hwid}' but its serial number '{sn}' belongs to another device"
    if found.name == hwid or (sn is not None and found.name == sn.replace("-", "")):
        return None
    return f"Device claims to be '{hwid}' but identifies as '{found.name}' by TLS"


def is_proven(call: Call, certs: CustomCerts, sn: str) -> bool:
    """Tell whether a caller shows a verified certificate of the device `sn`: an accepted one, or its factory's."""
    found = proof(call, certs, FACTORY)
    if found.why_not:
        return False
    return _is_wildcard(found.name, certs) or found.name == sn.replace("-", "") or one_identity(found.name, sn)


def one_identity(hwid: str, sn: str) -> bool:
    """Tell whether a hardware id ends in the last three bytes of a serial number: IP232-30-00-af, 00-90-33-30-00-af.

    Else a device could show its own certificate and ask for another one's snippets.
    """
    digits = sn.replace("-", "").lower()
    if len(digits) < _LAST_BYTES:
        return hwid == sn
    return hwid.replace("-", "").lower().endswith(digits[-_LAST_BYTES:])


def _is_wildcard(name: str, certs: CustomCerts) -> bool:
    return bool(certs.CAwildcard) and name in (certs.CAwildcard, latin1(certs.CAwildcard))
