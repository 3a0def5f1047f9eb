"""The files that a device's enrolment leaves in the certificate folder."""

from dataclasses import dataclass

_ENDINGS = ("-request.p10.der", "-request.p10.pem", "-signedrequest.cer", "-request.der.key", "-requesterror",
            "-identity.json", "-asked.json", "-origin.json", "-conflict.json", "-rejected", "-issued.cer",
            "-holder.json")  # fmt: skip


def is_of_a_device(name: str) -> bool:
    """Tell whether a file belongs to the enrolment of some device: such a file is never the CA's, whatever its name."""
    return name.endswith(_ENDINGS)


def all_of(sn: str) -> tuple[str, ...]:
    """Return the names of all files that there may be of a device."""
    return tuple(f"{sn}{ending}" for ending in _ENDINGS)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Names of one device's files; `sn` is a safe name."""

    sn: str

    @property
    def request(self) -> str:
        """Return the name of its signing request, DER."""
        return f"{self.sn}-request.p10.der"

    @property
    def request_pem(self) -> str:
        """Return the name of the same as PEM."""
        return f"{self.sn}-request.p10.pem"

    @property
    def signed(self) -> str:
        """Return the name of the certificate that a CA made of the request."""
        return f"{self.sn}-signedrequest.cer"

    @property
    def key(self) -> str:
        """Return the name of the request's key, where something other than the device made it."""
        return f"{self.sn}-request.der.key"

    @property
    def error(self) -> str:
        """Return the name of what the device says about an upload that failed."""
        return f"{self.sn}-requesterror"

    @property
    def asked(self) -> str:
        """Return the name of what its request was asked to say."""
        return f"{self.sn}-asked.json"

    @property
    def origin(self) -> str:
        """Return the name of what is known about where its last request came from."""
        return f"{self.sn}-origin.json"

    @property
    def conflict(self) -> str:
        """Return the name of what is known about requests of somebody else for the same serial number."""
        return f"{self.sn}-conflict.json"

    @property
    def rejected(self) -> str:
        """Return the name of the mark that an admin rejected its request: it is to make another one."""
        return f"{self.sn}-rejected"

    @property
    def issued(self) -> str:
        """Return the name of the last certificate that it was given; kept when its request is done with."""
        return f"{self.sn}-issued.cer"

    @property
    def of_request(self) -> tuple[str, ...]:
        """Return the names of all files that belong to one request."""
        return self.request, self.request_pem, self.signed, self.key, self.rejected, self.asked
