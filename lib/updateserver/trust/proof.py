"""Whether a caller is the device that it says it is, and under which names a certificate belongs to a device."""

from collections.abc import Callable
from dataclasses import dataclass

from updateserver.base.names import hardware, is_serial, number_in
from updateserver.base.text import latin1
from updateserver.configuration.config import CustomCerts
from updateserver.trust import distinguished_names
from updateserver.trust.call import Call, TlsClient
from updateserver.trust.distinguished_names import subject_fits
from updateserver.trust.verification import found_wrong

# the maker's authorities: whoever shows a certificate of theirs is that very device (Reference10: Concept Provisioning)
FACTORY = ("innovaphone Device Certification Authority", "innovaphone Device Certification Authority 2")

# early certificates name these types wrongly (Reference10: Concept Provisioning)
_EARLY = {"IP222s": "IP222", "IP232s": "IP232", "IP240a": "IP240", "IP200a": "IP200"}
MAKER = "00-90-33-"  # how serial numbers of the maker's hardware begin; factories certify nothing else


@dataclass(frozen=True, slots=True)
class Proof:
    """What a caller's certificate proves: the name that it bears, or why it proves nothing."""

    name: str = ""
    why_not: str = ""
    is_factory: bool = False


def device_name(cn: str) -> str:
    """Return the common name of a device certificate, with the types that early ones name wrongly corrected."""
    model, dash, rest = cn.partition("-")
    return _EARLY.get(model, model) + dash + rest


def is_accepted(name: str, accepted: tuple[str, ...]) -> bool:
    """Tell whether a CA is one of `customcerts/@CAname`: by name in whichever encoding, or by DN however written."""
    # The reference compares CAname as Latin-1; web servers hand over what stands in the certificate, mostly UTF-8.
    if any(name in (one, latin1(one)) for one in accepted):
        return True
    attributes = distinguished_names.parsed(name)
    return bool(attributes) and any(attributes == distinguished_names.parsed(one) for one in accepted)


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


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a caller says that it is; `holder` tells whose a hardware id is, `shown` is the name that it once proved."""

    hwid: str
    sn: str | None
    holder: Callable[[str], str | None]
    shown: str = ""


def distrust(call: Call, certs: CustomCerts, claim: Claim) -> str | None:
    """Return why a caller cannot be trusted to be the device that it claims to be, None if it can."""
    found, hwid, sn = proof(call, certs), claim.hwid, claim.sn
    if found.why_not or _is_wildcard(found.name, certs):
        return found.why_not or None
    # The reference takes hwid or sn, so a device gets another one's snippets by its own hwid and that one's sn
    # (docs/differences.md, 21).
    if sn is not None and not one_identity(hwid, sn):
        return f"Device claims to be '{hwid}' but its serial number '{sn}' belongs to another device"
    if sn is not None and number_in(found.name) == sn:
        return _held_by_another(hwid, sn, claim.holder)
    if not _same_hardware(found.name, hwid):
        return f"Device claims to be '{hwid}' but identifies as '{found.name}' by TLS"
    return _not_its_name(found, claim, sn) if sn is not None else None


def is_proven(call: Call, certs: CustomCerts, claim: Claim) -> bool:
    """Tell whether a caller shows a verified certificate of the device `sn`: an accepted one, or its factory's."""
    found = proof(call, certs, FACTORY)
    if found.why_not:
        return False
    return _is_wildcard(found.name, certs) or (claim.sn is not None and not _not_its_name(found, claim, claim.sn))


def is_certain(found: Proof, claim: Claim, asked: str) -> bool:
    """Tell whether a name that was proved is the device's beyond doubt, so that a certificate may be made for it.

    Three bytes are, where a factory wrote them, where it is known which device holds that hardware id, or where the
    certificate that is `asked` for bears that very name.
    """
    if claim.sn is None or _not_its_name(found, claim, claim.sn):
        return False
    if found.is_factory or not hardware(found.name):
        return True
    return claim.holder(found.name) == claim.sn or any(
        _same_hardware(found.name, name) for name in (device_name(claim.shown), asked)
    )


def _not_its_name(found: Proof, claim: Claim, sn: str) -> str | None:
    """Return why a certificate's name is not that of the device `sn`, None if it is.

    A name is the whole serial number without dashes, or `TYPE-xx-xx-xx` with its last three bytes. These say less: they
    belong to the device that showed them first; a factory's always to the maker's own serial number, and to no other.
    """
    name, part = found.name, hardware(found.name)
    if number_in(name) == sn or (name == sn and not part and not is_serial(sn)):
        return None
    if part is None or not is_serial(sn) or part[1] != sn[-len(part[1]) :]:
        return f"certificate of '{name}' is not that of '{sn}'"
    if found.is_factory:  # its three bytes say enough, whoever else was given that name
        return None if sn.startswith(MAKER) else f"certificate of '{name}' is that of {MAKER}{part[1]}, not of '{sn}'"
    if hardware(claim.shown) and not _same_hardware(name, device_name(claim.shown)):
        return f"certificate of '{name}' is not that of '{sn}', which has proved to be '{claim.shown}'"
    return _held_by_another(name, sn, claim.holder)


def _held_by_another(name: str, sn: str, holder: Callable[[str], str | None]) -> str | None:
    held = holder(name) if hardware(name) else None
    return f"hardware id '{name}' belongs to '{held}', not to '{sn}'" if held not in (None, sn) else None


def _same_hardware(name: str, other: str) -> bool:
    return name == other or (hardware(name) is not None and hardware(name) == hardware(other))


def one_identity(hwid: str, sn: str) -> bool:
    """Tell whether a hardware id ends in the last three bytes of a serial number: IP232-30-00-af, 00-90-33-30-00-af.

    Else a device could show its own certificate and ask for another one's snippets. A name that is no serial number
    belongs to no hardware, so both must be the same name then.
    """
    if not is_serial(sn):
        return hwid == sn and not hardware(hwid)
    part = hardware(hwid)
    return part[1] == sn[-len(part[1]) :] if part else number_in(hwid) == sn


def _verification(tls: TlsClient) -> str:
    wrong = found_wrong(tls.verify or "")
    return f"SSL_CLIENT_VERIFY is '{tls.verify or 'not set'}'" + (f", which means that {wrong}" if wrong else "")


def _is_wildcard(name: str, certs: CustomCerts) -> bool:
    # Literally, as the reference does: *.example.com is the CN itself, no pattern.
    return bool(certs.CAwildcard) and name in (certs.CAwildcard, latin1(certs.CAwildcard))


def is_name_of(cn: str, hwid: str, sn: str, certs: CustomCerts) -> bool:
    """Tell whether a CN names the device: its serial number without dashes, its hardware id, or `@CAwildcard`.

    A name that is no serial number may only be written as it is, and never like some hardware's.
    """
    if not cn:
        return False
    if cn == certs.CAwildcard or number_in(cn) == sn:
        return True
    if not is_serial(sn):
        return cn == sn and not hardware(cn) and not number_in(cn)
    return cn == hwid and one_identity(hwid, sn)
