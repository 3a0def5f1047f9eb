"""The files that a device's certificate roll-out leaves in the certificate folder."""

from dataclasses import dataclass

_ENDINGS = ("-request.p10.der", "-request.p10.pem", "-signedrequest.cer", "-request.der.key", "-requesterror",
            "-identity.json")  # fmt: skip


def is_of_a_device(name: str) -> bool:
    """Tell whether a file belongs to the roll-out of some device: such a file is never the CA's, whatever its name."""
    return name.endswith(_ENDINGS)


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
    def of_request(self) -> tuple[str, ...]:
        """Return the names of all files that belong to one request."""
        return self.request, self.request_pem, self.signed, self.key
