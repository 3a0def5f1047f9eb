"""Whether a caller is the device that it says it is."""

from updateserver.model.call import Call, TlsClient
from updateserver.model.configuration import CustomCerts
from updateserver.rules.text import latin1

# early certificates name these types wrongly (second seed, "some early certificates")
_EARLY = {"IP222s": "IP222", "IP232s": "IP232", "IP240a": "IP240", "IP200a": "IP200"}


def device_name(cn: str) -> str:
    """Return the common name of a device certificate, with the types that early ones name wrongly put right."""
    model, dash, rest = cn.partition("-")
    return _EARLY.get(model, model) + dash + rest


def is_accepted(name: str, accepted: tuple[str, ...]) -> bool:
    """Tell whether a CA is one of `customcerts/@CAname`, in whichever encoding its name came."""
    return any(name in (one, latin1(one)) for one in accepted)


def distrust(call: Call, certs: CustomCerts, hwid: str, sn: str) -> str | None:
    """Return why a caller cannot be trusted to be the device `hwid`/`sn`, None if it can."""
    tls = call.tls
    if not tls.cn:
        return (
            "cannot verify CN with HTTPS: SSL_CLIENT_S_DN_CN not present - "
            "fix web server configuration or use MTLS-enabled port!"
        )
    if why := _unverified(tls, certs, lighttpd=call.lighttpd):
        return why
    name = device_name(tls.cn)
    if certs.CAwildcard and name in (certs.CAwildcard, latin1(certs.CAwildcard)):
        return None
    if not one_identity(hwid, sn):
        return f"Device claims to be '{hwid}' but its serial number '{sn}' belongs to another device"
    if name in (hwid, sn.replace("-", "")):
        return None
    return f"Device claims to be '{hwid}' but identifies as '{name}' by TLS"


def _unverified(tls: TlsClient, certs: CustomCerts, *, lighttpd: bool) -> str | None:
    if tls.verify != "SUCCESS" and not (lighttpd and tls.verify is None):
        return f"client certificate not verified by the web server: SSL_CLIENT_VERIFY is '{tls.verify or 'not set'}'"
    if tls.issuer is None:
        return None if lighttpd else "cannot check the issuer of the client certificate: SSL_CLIENT_I_DN not present"
    if any(is_accepted(name, certs.CAname) for name in tls.issuer):
        return None
    return f"client certificate issued by '{' / '.join(sorted(tls.issuer))}' which is not in CAname"


def one_identity(hwid: str, sn: str) -> bool:
    """Tell whether a hardware id ends in the last three bytes of a serial number: IP232-30-00-af, 00-90-33-30-00-af.

    Else a device could show its own certificate and ask for another one's snippets.
    """
    digits = sn.replace("-", "").lower()
    return hwid.replace("-", "").lower().endswith(digits[-6:]) if len(digits) >= 6 else hwid == sn  # noqa: PLR2004
