"""One poll, told from top to bottom: the only place that knows the order (docs/behaviour.md: A poll).

`script` yields steps: what the device gets, and what is remembered of the call. It carries nothing out.
"""

from collections.abc import Generator, Iterator, Sequence

from updateserver.base.names import hardware
from updateserver.base.text import age, loosely_equal
from updateserver.configuration.config import Config
from updateserver.device.request import Poll
from updateserver.device.steps import (
    Abandon,
    Comment,
    Content,
    Delivered,
    Line,
    Listing,
    Log,
    Note,
    Output,
    Prove,
    Remember,
    Step,
)
from updateserver.poll import certificate, firmware, membership, questions, snippets
from updateserver.poll.facts import CustomScript, PollContext, PollFacts, SnippetFile
from updateserver.poll.membership import classes_of, environments_of, next_phase, phase_of
from updateserver.poll.url import WantedUrl, configured_url, port_of, remember_phase, rewrite, save
from updateserver.trust.call import Call, ProvenIdentity
from updateserver.trust.proof import Claim, distrust, is_proven, proof


def script(config: Config, call: Call, poll: Poll, facts: PollFacts) -> Iterator[Step]:
    """Yield what a poll is answered with and what is remembered of it."""
    if poll.missing:
        return _first_contact(config, call, poll)
    if _is_stranger(config, call, poll, facts):
        # of somebody who cannot prove to be this device nothing is kept but that he called
        steps = _known_device(config, call, poll, facts)
        return (step for step in steps if isinstance(step, (Log, Note, Output, Abandon)))
    return _known_device(config, call, poll, facts)


def _is_stranger(config: Config, call: Call, poll: Poll, facts: PollFacts) -> bool:
    """Tell whether a device that has shown a verified certificate before calls without (docs/differences.md, 22)."""
    if not config.times.trust_needed or facts.identity is None:
        return False
    return not is_proven(call, config.customcerts, _claim(poll, facts))


def _claim(poll: Poll, facts: PollFacts) -> Claim:
    return Claim(poll.hwid, poll.sn, facts.holder, facts.identity.cn if facts.identity else "")


def _known_device(config: Config, call: Call, poll: Poll, facts: PollFacts) -> Iterator[Step]:
    # An empty message is the ruler between two calls in the device's log, as the reference writes it.
    yield Log("")
    context = yield from _place(config, call, poll, facts)
    if not context:
        return
    # Set by an earlier certificate step. Nothing else follows, not even the backup: the reference stops here, too.
    since = facts.stored.skip_next
    if since is not None:
        yield from certificate.cleared(since, facts.now)
        yield Comment("need up-to-date query state, skipping update script, doing queries only")
        yield from questions.ask(context)
        return
    found = yield from _find_snippets(context)
    yield from _backup(context)
    # Before certificates and firmware: while an admin edits, a device gets neither, as with the reference.
    if (yield from _held_back(context, found)):
        return
    judgement = _judged(context)
    if judgement.exit:
        # What the reference ends with "- exit" leaves no trace in the state: nothing of such a call is recorded.
        yield Comment(judgement.exit)
        yield Abandon()
        return
    yield from judgement.certstat
    yield from judgement.changes
    yield Comment("")
    if not (yield from questions.ask(context)):
        return
    yield Comment("")
    # Outside these hours the device drops the rest of the script, so whatever must always run stands before it.
    yield from questions.restrict(config.times, has_next=context.following is not None)
    if not (yield from firmware.update(context)):
        return
    # Recorded only here, as the reference does: what an earlier stop skips keeps the values of an earlier poll.
    yield from firmware.reported(poll, facts.stored.device)
    yield Comment("")
    # The reference's order: a certificate is settled first, since the device may need it to be trusted by HTTPS.
    for stop in (_settle_certificate(context, judgement), _switch_to_https(context), _refuse_strangers(context)):
        if (yield from stop):
            return
    yield from _deliver(context, found)


def _first_contact(config: Config, call: Call, poll: Poll) -> Iterator[Step]:
    """Give a device the complete update URL; nothing is known of it, so nothing is recorded."""
    args, wanted = poll.args, None
    if "polling" not in args or "phase" not in args:
        wanted = WantedUrl(args.get("polling", config.times.polling), args.get("phase", config.phases[0].id))
    yield from rewrite(config, call, poll, wanted)
    yield Abandon()


def _place(config: Config, call: Call, poll: Poll, facts: PollFacts) -> Generator[Step, None, PollContext | None]:
    """Find out what the device belongs to, and keep it; None if it names what is not defined."""
    classes = classes_of(config, poll.type)
    known = {"sn": poll.sn, "type": poll.type, "classes": ", ".join(classes), "ip": call.peer}
    known |= {"rp": "true", "proxy": call.proxy} if call.proxy else {"rp": "false"}
    phase = phase_of(config, poll.args.get("phase"))
    if not phase:
        yield Remember("device", known)
        yield Note(f"{membership.INVALID_PHASE}: '{poll.args['phase']}'")
        return None
    known["phase"] = phase.id
    environments, unknown = environments_of(config, poll.args.get("env"))
    if unknown is not None:
        yield Remember("device", known)
        yield Note(f"{membership.INVALID_ENVIRONMENT}: '{unknown}' ({poll.args['env']})")
        return None
    known["environments"] = ", ".join(environments)
    yield Remember("device", known)
    following = next_phase(config, phase)
    yield Note(
        f"phase: {phase.id}, nextphase: {following.id if following else ''}, environment: {'+'.join(environments)}, "
        f"type: {poll.type}, classes: {'+'.join(classes)}"
    )
    return PollContext(config, call, poll, facts, phase, following, classes, environments)


def _find_snippets(context: PollContext) -> Generator[Step, None, list[SnippetFile]]:
    """List all files that would be snippets of the device; return those that there are."""
    possible = snippets.possible(context.config, context.phase, context.classes, context.poll.sn, context.environments)
    yield Comment(f"possible files (from {context.config.times.dir}):")
    there, now = context.facts.snippets(possible.names), context.facts.now
    found: list[SnippetFile] = []
    comments = possible.missing
    for place, name in enumerate(possible.names):
        if name in there:
            found.append(there[name])
            comments[place] = f"# {name} {age(now - there[name].version)}"
    yield Listing(comments)
    yield Comment("")
    return found


def _backup(context: PollContext) -> Iterator[Step]:
    backup = context.config.backup
    if not (backup.dir and backup.nbackups > 0 and backup.scfg):
        yield Note("Backups not enabled in config")
    elif context.config.times.forcehttps and not context.call.https:
        yield Note("backups enabled but forcehttps is true and not using HTTPS")
    else:
        yield Line(f"mod cmd UP0 scfg {configured_url(context.call, backup.scfg)}")


def _held_back(context: PollContext, found: Sequence[SnippetFile]) -> Generator[Step, None, bool]:
    """Deliver nothing while the admin is still editing."""
    snippet = snippets.newest(found, context.facts.now)
    if snippet is None:
        return False
    grace, seconds = context.config.times.grace, context.facts.now - snippet.version
    yield Comment("")
    yield Comment(f"newest script ({snippet.name}) {seconds}s old")
    if not snippets.still_edited(snippet, grace, context.facts.now):
        return False
    yield Note(f"files being updated ({snippet.name} {seconds}s old, waiting for at least {grace}s to expire)")
    return True


def _judged(context: PollContext) -> certificate.Judgement:
    if _is_stranger(context.config, context.call, context.poll, context.facts):
        return certificate.Judgement((certificate.STRANGER,))
    return certificate.judge(context)


def _settle_certificate(context: PollContext, judgement: certificate.Judgement) -> Generator[Step, None, bool]:
    """Give the commands that the device's certificate needs; no snippet reaches it before that is settled."""
    yield from judgement.said
    yield from judgement.beside
    # None and () differ: () means that the device must do something first, such as finish its request.
    if judgement.commands is None:
        yield Comment("no certificate cmds required - processing normal updates")
        return False
    yield from judgement.commands
    yield from _rewrite_or_save(context, WantedUrl(context.config.times.polling, context.poll.args.get("phase")))
    yield Line("iresetn")
    yield Note("certificate cmds need to process - no further cmds")
    return True


def _switch_to_https(context: PollContext) -> Generator[Step, None, bool]:
    """Send a device that does not call by HTTPS on the right port there."""
    call, times_ = context.call, context.config.times
    # HTTPS at another port does not do: the LAP asks for client certificates at the mutual TLS port only.
    if not times_.forcehttps or _arrived_right(context):
        return False
    wanted = WantedUrl(times_.polling, context.poll.args.get("phase"))
    yield from rewrite(context.config, call, context.poll, wanted, to_https=True)
    yield from _remember_phase(context)
    port = times_.httpsport or "443"
    now = f"using HTTPS on port {call.called_port}, not {port}" if call.https else f"NOT using HTTPS on port {port}"
    yield Note(f"forcehttps - currently {now}, new polling: {times_.polling}")
    return True


def _arrived_right(context: PollContext) -> bool:
    """Tell whether a call came by HTTPS to the wanted port, as the device sees it or as it arrived behind a router."""
    call, times_ = context.call, context.config.times
    wanted = times_.httpsport or "443"
    # Behind NAT the device calls a port that this server never sees, but names it in Host (docs/differences.md, 33).
    ports = (call.port, call.outer_port, port_of(call.host))
    return call.https and (
        any(loosely_equal(wanted, port) for port in ports)
        or (times_.innerport is not None and loosely_equal(times_.innerport, call.port))
    )


def _refuse_strangers(context: PollContext) -> Generator[Step, None, bool]:
    """Give snippets only to callers that are the device that they say they are."""
    if not context.config.times.trust_needed:
        return False
    yield Comment("")
    if not context.config.customcerts.CAname:
        yield Comment("forcetrust needs the names of trusted CAs in customcerts/@CAname - exit")
        yield Abandon()
        return True
    if why := distrust(context.call, context.config.customcerts, _claim(context.poll, context.facts)):
        yield Note(why)
        return True
    found = proof(context.call, context.config.customcerts)
    yield Note(f"good certificate(CN='{found.name}')")
    if context.facts.identity is None or (hardware(found.name) and context.facts.holder(found.name) is None):
        issuer = " / ".join(sorted(context.call.tls.issuer or ()))
        # From now on whoever calls in this device's name needs a certificate of it (docs/differences.md, 22).
        yield Prove(ProvenIdentity(found.name, issuer, context.facts.now, found.is_factory))
    return False


def _deliver(context: PollContext, found: Sequence[SnippetFile]) -> Iterator[Step]:
    """Send the snippets, unless the device has run the very same ones, and move it on to its next phase."""
    times_ = context.config.times
    # The number 0, not "0": to PHP's == only the number equals a `polling` that was not given.
    wanted = WantedUrl(0, context.poll.args.get("phase"))
    if context.following:
        wanted = WantedUrl(times_.polling, context.following.id)
    custom_script = context.facts.custom_script()
    if custom_script.error:
        yield Note(custom_script.error)
    signature = ""
    if not context.following and times_.check:
        signature = snippets.signature(custom_script, found if custom_script.send_standard else ())
        # The device stores it once all commands have run: CHECK tells which scripts it has run to their end.
        if context.poll.args.get("CHECK") == signature:
            yield Comment("")
            yield Comment(f"not delivering any snippets - CHECK serial {signature} is good")
            if (yield from rewrite(context.config, context.call, context.poll, wanted)):
                yield from _remember_phase(context)
            return
    yield from _send(custom_script, found)
    yield from _rewrite_or_save(context, wanted)
    if signature:
        yield Comment("set CHECK var")
        yield Line(f"mod cmd UP1 check ser {signature}")
    # `vars create` always asks for a reset; `iresetn` makes it only if one is needed, and waits until nobody calls.
    yield Comment("trigger reset if required")
    yield Line("iresetn")


def _send(custom_script: CustomScript, found: Sequence[SnippetFile]) -> Iterator[Step]:
    yield Comment("")
    for line in custom_script.pre:
        yield Content(line.encode("utf-8", "surrogateescape"))
    for snippet in found if custom_script.send_standard else ():
        yield Note(f"    {snippet.name}")
        yield Comment(f"{{ begin script '{snippet.name}' ")
        yield Content(snippet.content)
        yield Comment(f"end script '{snippet.name}' }}")
        yield Delivered(snippet.name, snippet.version)
    for line in custom_script.post:
        yield Content(line.encode("utf-8", "surrogateescape"))
    yield Comment("")
    yield Comment("end of all scripts ")
    yield Comment("")


def _rewrite_or_save(context: PollContext, wanted: WantedUrl) -> Iterator[Step]:
    if (yield from rewrite(context.config, context.call, context.poll, wanted)):
        yield from _remember_phase(context)
    else:
        yield from save()


def _remember_phase(context: PollContext) -> Iterator[Step]:
    yield from remember_phase(context.phase.id, context.following.id if context.following else "")
