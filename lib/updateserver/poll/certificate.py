"""Whether a device's own certificate is good, and the commands that bring it a new one.

See docs/behaviour.md: Certificates.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from updateserver.base.text import age, encoded
from updateserver.base.times import DAY
from updateserver.configuration.config import CustomCerts
from updateserver.device.certificate_files import CertificateFiles
from updateserver.device.steps import (
    Comment,
    ConsiderRequest,
    Forget,
    KeepAsIssued,
    Line,
    Log,
    Note,
    Remember,
    RemoveCertificateFile,
    SaveCertificateFile,
    Step,
)
from updateserver.device.stored import CertificateReport, ReportedCertificate
from updateserver.poll.facts import PollContext
from updateserver.poll.signing_request import (
    asked_now,
    certificate_der,
    is_asked_again,
    placeholders_of,
    request_command,
    request_pem,
)
from updateserver.poll.url import configured_url
from updateserver.trust.proof import is_accepted

GOOD = "OK"
OFF = "either certificate handling or state tracking not enabled - not doing any certificate checking"
UNKNOWN = "we dont know anything about the current certificate state - not doing any certificate checking"
FAILED = "certificate processing STOPPED due to previous upload error, clean X509/REQUESTERROR to continue"
BUSY = "wait for signing request to be generated (ongoing)"
STRANGER = "the device has shown a verified certificate before: no certificate steps without one, until released"
REJECTED = "signing request was rejected, a new one will be asked for (ongoing)"
_REMOVING = "removing "
WAITING = "signing request must be processed by CA (ongoing)"

_FORGET_REQUEST = (Line("vars del X509/REQUEST "), Line("vars del X509/REQUESTKEY "))


def is_settled(status: str) -> bool:
    """Tell whether a status that was kept as the device's `certstat` says that nothing remains to be done.

    The PHP server keeps what it removes as the last word.
    """
    return status in ("", GOOD, OFF, UNKNOWN) or status.startswith(_REMOVING)


class Judgement(NamedTuple):
    """What was found about a device's certificate.

    `commands` is None where snippets may follow; anything else, even nothing, must come first; `beside` them snippets
    may follow. `messages` are what was found, in order; the last one is kept as the device's certificate status.
    `changes` happen at once; `removals` tell which files they remove.
    """

    messages: tuple[str, ...]
    commands: tuple[Step, ...] | None = None
    changes: tuple[Step, ...] = ()
    removals: tuple[str, ...] = ()
    exit: str = ""  # the configuration cannot be followed: why
    beside: tuple[Step, ...] = ()

    @property
    def certstat(self) -> Iterator[Step]:
        """Keep the status, but for a failed upload: there, what led to it stays."""
        if self.messages and self.messages[-1] != FAILED:
            yield Remember("device", {"certstat": self.messages[-1]})

    @property
    def said(self) -> Iterator[Step]:
        """Say what was found, and what goes."""
        for message in (*self.messages, *self.removals):
            yield Note(f"certificates: {message}" + ("" if message == FAILED else " "))


def judge(context: PollContext) -> Judgement:
    """Judge a device's certificate by its last answer to the query `certificates`."""
    certs, report = context.config.customcerts, context.facts.stored.report
    if not certs.dir or not context.config.status.dir:
        return _clean(context, report, OFF)
    # Nothing is judged before the device has answered the query `certificates`: the reference stops here, too.
    if report is None:
        return Judgement((UNKNOWN,), ())
    if (report.has_error or report.has_request) and _is_rejected(context):
        return _cleaned(context, report)
    # The device refused what it was sent. To ask again by itself would send the same for ever: an admin decides.
    if report.has_error:
        return Judgement((FAILED,), ())
    # The device is making its key, which takes a while: it is let finish, as the reference does.
    if report.is_busy:
        return Judgement((BUSY,), ())
    found: list[str] = []
    needs_new = False
    for certificate in report.certificates:
        messages, is_new_needed, is_early = _judge_one(certificate, certs, context.facts.now)
        found += messages
        needs_new = needs_new or is_new_needed
        # As the reference does, whatever else is wrong: nothing is asked for while a certificate is still to become
        # valid.
        if is_early:
            return Judgement(tuple(found))
    # No certificate at all counts as good, too: the reference's recording says so.
    if not needs_new:
        return _clean(context, report, GOOD)
    return _renew(context, report, tuple(found))


def _judge_one(certificate: ReportedCertificate, certs: CustomCerts, now: int) -> tuple[list[str], bool, bool]:
    """Return what is wrong with a certificate, whether a new one is needed, and whether it is not yet valid."""
    name, messages = certificate.subject_cn, []
    # All of the chain are shown, in any order, and each must be of an accepted CA (reference).
    if not is_accepted(certificate.issuer_cn, certs.CAname):
        accepted = f"{certs.CAname_text} ({certs.CAnamesep})"
        messages.append(f"CN {name}: invalid issuer: {certificate.issuer_cn}: not in {accepted}")
    if is_early(certificate, now):
        return [*messages, f"{name}: not yet valid"], True, True
    # RFC 5280 4.1.2.5 always gives an end; this is for a firmware that writes it in an unknown way.
    end = certificate.not_after if certificate.not_after is not None else now  # not over, but to be renewed
    if end < now:
        messages.append(f"{name}: expired")
    if certs.renew and end - certs.renew * DAY < now:
        messages.append(f"{name}: valid but must be renewed")
    return messages, bool(messages), False


def is_early(certificate: ReportedCertificate, now: int) -> bool:
    """Tell whether a certificate is not valid yet, as far as can be told: one without a readable date counts as such.

    So nothing is done about it: a firmware that writes dates in another way must not have a whole fleet ask for new
    certificates.
    """
    return certificate.not_before is None or certificate.not_before > now


def _is_rejected(context: PollContext) -> bool:
    return context.facts.certificate_file(CertificateFiles(context.poll.sn).rejected) is not None


def _cleaned(context: PollContext, report: CertificateReport) -> Judgement:
    """Remove a rejected request from the device; when it shows none any more, it is asked for another one."""
    error = (Line("vars del X509/REQUESTERROR "),) if report.has_error else ()
    said = _said("request was rejected - device removes it", *error, *_FORGET_REQUEST)
    return Judgement((REJECTED,), said, tuple(_skip_next(context)))


def _clean(context: PollContext, report: CertificateReport | None, message: str) -> Judgement:
    """Remove what is left of an earlier request, here and on the device."""
    commands: tuple[Step, ...] | None = None
    if report and report.has_request:
        commands = _said(f"{_REMOVING}CSR from device", *_FORGET_REQUEST)
    left = _left_over(context)
    files = CertificateFiles(context.poll.sn)
    # A signed certificate that lies here when nothing is needed any more has reached the device: it is kept as the last
    # one that it was given.
    reached = (KeepAsIssued(files.signed, files.issued),) if files.signed in left else ()
    return Judgement((message,), commands, (*reached, *_removed(left)), _removals(context, left))


def _left_over(context: PollContext) -> tuple[str, ...]:
    """Return which files of an earlier request there are."""
    return tuple(
        name for name in CertificateFiles(context.poll.sn).of_request if context.facts.has_certificate_file(name)
    )


def _removed(left: Sequence[str]) -> tuple[Step, ...]:
    forgotten = Remember("device", {"requestDownloaded": "false"})
    return (*(RemoveCertificateFile(name) for name in left), forgotten)


def _removals(context: PollContext, left: Sequence[str]) -> tuple[str, ...]:
    """Return what the device's log says of the files that go; of the server's own notes beside them, nothing."""
    files = CertificateFiles(context.poll.sn)
    titles = {files.request: "CSR", files.request_pem: "CSR", files.signed: "signed CSR", files.key: "key of CSR"}
    folder = context.config.customcerts.dir
    return tuple(f"{_REMOVING}{titles[name]} ({folder}/{name})" for name in left if name in titles)


def _renew(context: PollContext, report: CertificateReport, found: tuple[str, ...]) -> Judgement:
    certs = context.config.customcerts
    if certs.CAtype not in ("manual", "local"):
        return Judgement(found, exit=f"unknown CAtype '{certs.CAtype}' in <customcerts> tag - exit")
    fetch_error = tuple(_fetch(context, "X509/REQUESTERROR", CertificateFiles(context.poll.sn).error))
    if not report.has_request:
        placeholders = placeholders_of(context)
        commands = (
            *_said("download request error from device (if any)", *fetch_error),
            *_said("wrong certificate - need to create CSR", Line(request_command(context, placeholders))),
        )
        asked = SaveCertificateFile(
            CertificateFiles(context.poll.sn).asked, asked_now(certs.csr, placeholders).written()
        )
        left = _left_over(context)
        changes = (*_removed(left), asked, *_skip_next(context))
        return Judgement(found, commands, changes, _removals(context, left))
    return _follow_request(context, found, _said("download request error from device (if any)", *fetch_error))


def _follow_request(context: PollContext, found: tuple[str, ...], fetch_error: tuple[Step, ...]) -> Judgement:
    """Bring a request that the device made to the CA, and the CA's answer to the device."""
    files, facts = CertificateFiles(context.poll.sn), context.facts
    request = facts.certificate_file(files.request)
    line = tuple(_fetch(context, "X509/REQUEST", files.request, "&proc=var2bin&postproc=createPemFromDer"))
    if request is None:
        return Judgement(found, (*fetch_error, *_said("need to download CSR from device", *line)))
    changes: tuple[Step, ...] = ()
    if facts.certificate_file(files.request_pem) is None:
        changes = (SaveCertificateFile(files.request_pem, request_pem(request)),)
    signed = facts.certificate_file(files.signed)
    odd: tuple[str, ...] = ()
    if signed is not None:
        path = f"{context.config.customcerts.dir}/{files.signed}"
        try:
            certificate = certificate_der(signed)
        except ValueError as problem:
            odd = (f"{path} cannot be sent: it {problem}",)
        else:
            found = (*found, f"there is an uploaded signed CSR ({path})")
            return Judgement(found, (*fetch_error, *_send(context, certificate)), (*changes, *_skip_next(context)))
    found = (*found, WAITING, *odd)
    if context.config.customcerts.is_local and context.config.customcerts.auto_sign_off:
        changes = (*changes, ConsiderRequest(context.poll.sn))
    again: tuple[Step, ...] = ()
    if is_asked_again(facts.certificate_file(files.origin), request, facts.now):
        again = _said("the stored CSR does not fit - need to download CSR from device again", *line)
    # Without forcetrust a device goes on with its snippets while it waits for the CA, which may take days (reference).
    if context.config.times.trust_needed:
        return Judgement(found, (*fetch_error, *again), changes)
    return Judgement(found, None, changes, beside=again)


def _send(context: PollContext, certificate: bytes) -> Iterator[Step]:
    yield from _said("upload new signed certificate", _response(0, certificate))
    # The device checks that the first one, /00000, fits its key; the CA's files follow sorted by name, its own one
    # last.
    number = 0
    for name, content in context.facts.ca_files():
        path = f"{context.config.customcerts.dir}/{name}"
        try:
            certificate = certificate_der(content)
        except ValueError as problem:
            yield from _said(f"CA certificate {path} is left out: it {problem}")
            continue
        number += 1
        yield from _said(f"upload CA certificate #{number} ({path})", _response(number, certificate))


def _response(number: int, certificate: bytes) -> Line:
    return Line(f"vars create X509/REQUESTRESPONSE/{number:05d} pb {certificate.hex()}")


def _fetch(context: PollContext, var: str, name: str, processing: str = "") -> Iterator[Step]:
    file = encoded(f"{context.config.customcerts.dir}/{name}")
    # Always update.php, by whichever name this poll called: the reference says nothing else here.
    url = configured_url(context.call, f"update.php?mode=vardump&sn=#m&var={var}&file={file}{processing}")
    yield Line(f"mod cmd UP0 scfg {url} ser nop /always {encoded(f'vars read {var}')}")


def _said(message: str, *lines: Step) -> tuple[Step, ...]:
    return Comment(""), Comment(f"certificates: {message}"), Log(f"certificates: {message}"), *lines


def _skip_next(context: PollContext) -> Iterator[Step]:
    """Have the next poll only ask.

    The device answers queries before it runs our commands, so its next answer still shows the old state.
    """
    yield Remember("state", {"skipnext": str(context.facts.now)})
    yield Log("skipnext set")


def cleared(since: int, now: int) -> Iterator[Step]:
    """Let the poll after this one go on as usual; `since` is when this was set, Unix seconds."""
    yield Log(f"skipnext: {age(now - since)}")
    yield Forget("state", "skipnext")
