"""One device's enrolment as it lies on the disk: its request, where that came from, what it was given."""

import json
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeVar

from lxml import etree

from updateserver.base.io.files import read, replace
from updateserver.base.io.lookups import reverse_name
from updateserver.base.message import Message
from updateserver.base.names import hardware, is_serial
from updateserver.base.times import DAY, believed
from updateserver.certificates.io.journal import Journal
from updateserver.certificates.policy import Proven, SigningCase, objections, unproven_names
from updateserver.certificates.reader import digest, parse_certificate, read_certificate, read_request
from updateserver.certificates.request_checks import ExpectedRequest, History, request_conflicts, request_faults
from updateserver.configuration.config import Config
from updateserver.device.certificate_files import CertificateFiles
from updateserver.device.stored import StoredDevice, StoredFacts
from updateserver.poll.io.installation import Installation
from updateserver.poll.signing_request import Asked, Placeholders, asked_now, asked_of, certificate_der
from updateserver.trust.call import ProvenIdentity
from updateserver.trust.certificate import Certificate, RequestConflict, RequestOrigin, SigningRequest, value_of
from updateserver.trust.proof import MAKER, Claim, one_identity

_DIGITS = 16  # of a time, at most
_T = TypeVar("_T", RequestOrigin, RequestConflict)


def _not_a_request(error: ValueError) -> Message:
    return Message("it is no signing request (PKCS#10): {why}", why=" ".join(str(error).split()))


class EnrolmentOff(Exception):
    """The site has no certificate folder, so there are no requests."""

    def __init__(self) -> None:
        self.reasons = (Message("certificates are not handled here: set customcerts/@dir"),)
        super().__init__(*self.reasons)


@dataclass(frozen=True, slots=True)
class Review:
    """What is to be said about a request that is there."""

    content: bytes  # DER, or what came in its place
    request: SigningRequest | None  # None: it cannot be read
    key: str  # fingerprint; of the bytes, where there is no key
    faults: tuple[str, ...]  # it does not fit: nobody signs it
    conflicts: tuple[str, ...]  # somebody must look
    objections: tuple[str, ...]  # why the policy leaves it to an admin; faults and conflicts among them
    case: SigningCase

    @property
    def fits(self) -> bool:
        """Whether it may be signed without a second look."""
        return not self.faults and not self.conflicts and not self.case.unproven


class Enrolment:
    """The certificate files and the state of the device `sn` (a safe name), read when they are asked for."""

    def __init__(self, installation: Installation, config: Config, sn: str) -> None:
        folder = installation.certificate_folder(config)
        if folder is None:
            raise EnrolmentOff
        self.installation, self.config, self.sn, self.folder = installation, config, sn, folder
        self.files = CertificateFiles(sn)
        self.journal = Journal(folder)
        self.lock = f"certificates {sn}"  # for `only_writer`

    @cached_property
    def _state(self) -> etree._Element:
        folder = self.installation.status_folder(self.config)
        return self.installation.states.read(folder, self.sn).state if folder else etree.Element("state")

    @cached_property
    def stored(self) -> StoredFacts:
        """What is stored about the device."""
        return StoredDevice(self._state)

    @property
    def seen(self) -> int:
        """When it called last; 0 if that is not known, as where the state says a time to come."""
        seen: str = self._state.get("seen", "")
        return believed(int(seen), int(time.time())) if seen.isdecimal() and len(seen) < _DIGITS else 0

    @property
    def hwid(self) -> str:
        """Its hardware id, "" if that is not known."""
        return self.stored.device.get("hwid", "")

    @property
    def known_since(self) -> int:
        """When it was seen for the first time; 0 if that is not known."""
        known = self.stored.device.get("known", "")
        return int(known) if known.isdecimal() and len(known) < _DIGITS else 0

    def read(self, name: str) -> bytes | None:
        """Return one of its files."""
        return read(self.folder / name)

    def changed(self, name: str) -> int | None:
        """Return when one of its files was written, None if there is no such file."""
        try:
            return int((self.folder / name).stat().st_mtime)
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write one of its files, so that it is on the disk when this returns."""
        replace(self.folder / name, content, durable=True)

    def remove(self, *names: str) -> None:
        """Remove some of its files, where they are there."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    @property
    def origin(self) -> RequestOrigin | None:
        """Where the last request came from."""
        return self._record(self.files.origin, RequestOrigin)

    @property
    def conflict(self) -> RequestConflict | None:
        """Who else sent a request."""
        return self._record(self.files.conflict, RequestConflict)

    def keep(self, record: RequestOrigin | RequestConflict) -> None:
        """Keep where a request came from."""
        name = self.files.origin if isinstance(record, RequestOrigin) else self.files.conflict
        self.write(name, json.dumps(asdict(record)).encode())

    def certificate(self, name: str) -> Certificate | None:
        """Return what a certificate file says, None if there is none or it cannot be read."""
        content = self.read(name)
        if content is None:
            return None
        try:
            return read_certificate(parse_certificate(certificate_der(content)))
        except ValueError:
            return None

    def wanted(self) -> ExpectedRequest:
        """Return what the request was asked to say; where that is not known, what one would be asked now."""
        kept = self.read(self.files.asked)
        # What was asked then counts: the configuration, or the device's address, may have changed while it made its
        # key.
        asked = (asked_of(kept) if kept else None) or self._asked_now()
        return ExpectedRequest(self.sn, self.hwid, asked.subject, asked.names)

    def _asked_now(self) -> Asked:
        device = self.stored.device
        placeholders = Placeholders(
            self.sn, device.get("ip", ""), device.get("proxy", ""), reverse_name, device, self.stored.name
        )
        return asked_now(self.config.customcerts.csr, placeholders)

    def history(self, cn: str = "") -> History:
        """Return what is known of the device's certificates beside the request, and who else has its name `cn`."""
        return History(
            self.origin, self.conflict, self.proved(self.sn), self.certificate(self.files.issued), self.rival(cn)
        )

    def claim(self) -> Claim:
        """Return who the device says that it is, and by which name it is known."""
        shown, issued = self.proved(self.sn), self.certificate(self.files.issued)
        known_by = shown.cn if shown else value_of(issued.subject, "CN") if issued else ""
        return Claim(self.hwid, self.sn, self.holder, known_by)

    def rival(self, name: str) -> str:
        """Return which other device a hardware id belongs to, "" if there is none.

        Of two that may have it and have shown nothing yet, it is the one whose number is the maker's.
        """
        part = hardware(name)
        if part is None:
            return ""
        if holder := self.holder(name):
            return holder if holder != self.sn else ""
        # Factories write the last three bytes only, and always of numbers that begin with the maker's prefix.
        makers, folder = f"{MAKER}{part[1]}", self.installation.status_folder(self.config)
        if makers == self.sn or not is_serial(self.sn):
            return ""
        is_known = self.proved(makers) or (folder and (folder / f"{makers}.xml").exists())
        return makers if is_known else ""

    def proved(self, sn: str) -> ProvenIdentity | None:
        """Return the verified certificate that a device has shown, None if it never showed one."""
        return self.installation.identities(self.config).shown(sn)

    def holder(self, name: str) -> str | None:
        """Return the serial number of the device that holds a hardware id, None if nobody does."""
        return self.installation.identities(self.config).holder(name)

    def hold_name(self, certificate: Certificate) -> None:
        """Have the device hold the hardware id that a certificate for it bears."""
        self.installation.identities(self.config).claim_name(value_of(certificate.subject, "CN"), self.sn)

    def review(self, now: int) -> Review | None:
        """Judge the request that is there by the configuration and the state as they are now; None if there is none."""
        content = self.read(self.files.request)
        if content is None:
            return None
        request, key, faults = self.judged(content)
        case = self._case(request, key, faults, now)
        reasons = tuple(objections(case, self.config.customcerts))
        return Review(content, request, key, faults, case.conflicts, reasons, case)

    def judged(self, content: bytes) -> tuple[SigningRequest | None, str, tuple[str, ...]]:
        """Return what a request says, the fingerprint of its key, and why it does not fit."""
        try:
            request = read_request(content)
        except ValueError as error:
            return None, digest(content), (_not_a_request(error),)
        faults = tuple(request_faults(request, self.wanted(), self.config.customcerts))
        return request, request.key.fingerprint, faults

    def _case(self, request: SigningRequest | None, key: str, faults: tuple[str, ...], now: int) -> SigningCase:
        history = self.history(value_of(request.subject, "CN") if request else "")
        # Where another key's origin is kept, nothing is known of where this request came from.
        origin = history.origin if history.origin and history.origin.key == key else None
        other = history.valid_for_another(key, now)
        return SigningCase(
            faults=faults,
            conflicts=tuple(request_conflicts(key, history, self.config.customcerts.renew, now)),
            address=origin.address if origin else "",
            days_known=(now - origin.known_since) // DAY if origin else 0,
            verified=origin.verified if origin else "",
            renews_until=other.not_after if other else 0,
            unproven=self._unproven(request, origin) if request else (),
        )

    def _unproven(self, request: SigningRequest, origin: RequestOrigin | None) -> tuple[str, ...]:
        hwid = self.hwid if one_identity(self.hwid, self.sn) and not self.rival(self.hwid) else ""
        address, verified = (origin.address, origin.verified) if origin else ("", "")
        proven = Proven(self.sn, hwid, address, verified)
        return tuple(unproven_names(request, self.config.customcerts.csr, proven))

    def _record(self, name: str, kind: type[_T]) -> _T | None:
        content = self.read(name)
        if content is None:
            return None
        try:
            fields: dict[str, Any] = json.loads(content)
            return kind(**fields)
        except (TypeError, ValueError):
            return None
