"""The update URL that a device is given, and other URLs of the configuration."""

from collections.abc import Generator, Iterator
from typing import NamedTuple

from updateserver.base.text import encoded, loosely_equal
from updateserver.configuration.config import Config, Times
from updateserver.device.request import Poll
from updateserver.device.steps import Comment, Line, Note, Remember, Step
from updateserver.trust.call import Call


def configured_url(call: Call, text: str) -> str:
    """Return a URL of the configuration; one without `://` is relative to this server's folder, as is `/x`."""
    return text if "://" in text else call.base + text.removeprefix("/")


class WantedUrl(NamedTuple):
    """The state arguments that a device shall call with from now on.

    `polling` is 0 where fast polling ends, else text of the configuration or the request; None where there is none.
    """

    polling: str | int | None
    phase: str | None

    def changes(self, asked_polling: str | None, asked_phase: str | None) -> list[str]:
        """Return the names of the arguments that differ from what the device sent."""
        polling = [] if loosely_equal(self.polling, asked_polling) else ["polling"]
        return polling + ([] if loosely_equal(self.phase, asked_phase) else ["phase"])


def update_url(config: Config, call: Call, poll: Poll, wanted: WantedUrl | None) -> str:
    """Return the poll URL of a device, with new state arguments if `wanted` says so.

    Arguments: state, missing required ones, then the request's own, as `stdargs` maps them.
    """
    args: dict[str, str] = {}
    if wanted:
        args["polling"] = "" if wanted.polling is None else str(wanted.polling)
        args["phase"] = wanted.phase or ""
    # With `stdargs`, an empty value becomes a placeholder such as #m, which the device fills in by itself.
    for name in poll.missing:
        args[name] = ""
    for name, value in poll.args.items():
        # State arguments stay at the front, wherever the request had them: the reference's order.
        args.setdefault(name, value)
    written = (_written(config, name, value) for name, value in args.items())
    return f"{call.base}{call.script}?" + "&".join(argument for argument in written if argument)


def _written(config: Config, name: str, value: str) -> str:
    if name not in config.stdargs:
        return f"{encoded(name)}={encoded(value)}"
    # Without a value the argument is one that the device appends by itself (ver, PROT, ...): written as well, it would
    # come twice.
    placeholder = config.stdargs[name]
    return "" if placeholder is None else f"{encoded(name)}={placeholder}"


def https_url(url: str, times: Times) -> str:
    """Return the HTTPS URL that belongs to a URL of this server."""
    from updateserver.poll import url_modification  # noqa: PLC0415 - a plain CGI poll rarely comes here, and it takes 10 ms

    host, slash, rest = url.partition("://")[2].partition("/")
    # The port of the HTTP URL is never kept: it does not speak TLS.
    port = f":{times.httpsport}" if times.httpsport else ""
    url = f"https://{_without_port(host)}{port}{slash}{rest}"
    try:
        return url_modification.parse(times.httpsurlmod).apply(url) if times.httpsurlmod else url
    except ValueError:
        return url  # the configuration check reports it


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def port_of(host: str) -> str:
    """Return the port in a Host header, "" if there is none."""
    return host[len(_without_port(host)) + 1 :]


def rewrite(
    config: Config, call: Call, poll: Poll, wanted: WantedUrl | None, *, to_https: bool = False
) -> Generator[Step, None, bool]:
    """Give the device its new update URL, if it needs one; return whether it did.

    Without `wanted`, its state arguments stay as they are. See docs/behaviour.md: Rewriting the URL.
    """
    first_contact = bool(poll.missing)
    # The reference compares `polling` of a first contact as if it had not been given, so that the lines for it are
    # always sent.
    asked = None if first_contact else poll.args.get("polling"), poll.args.get("phase")
    changed = wanted.changes(*asked) if wanted else []
    if not changed and not poll.missing and not to_https:
        return False
    if wanted and "polling" in changed:
        yield from _polling(config.times, wanted)
    yield Comment("")
    if to_https:
        yield Note(_why_https(call, config.times))
    if poll.missing:
        yield Comment(f"missing query args: {', '.join(poll.missing)}")
    if changed:
        yield Comment(f"changed state query args: {', '.join(changed)}")
    url = update_url(config, call, poll, wanted if changed else None)
    if to_https:
        url = https_url(url, config.times)
    yield Comment(f"new url={url}")
    yield Line(f"config add UP1 /url {encoded(url)}")
    # Else an update URL from DHCP, such as that of the old server, would replace this one.
    yield Line("config add UP1 /no-dhcp")
    yield from save()
    return True


def save() -> Iterator[Step]:
    """Have the device save and apply its configuration."""
    yield Line("config write")
    yield Line("config activate")


def _polling(times: Times, wanted: WantedUrl) -> Iterator[Step]:
    yield Comment("")
    # Off means: every quarter of an hour, not never. On means every N seconds, to walk through the phases quickly.
    if wanted.polling is None or loosely_equal(0, str(wanted.polling)):
        yield Note("turn off fast polling")
        yield Line("mod cmd UP1 provision 0")
        yield Line("config rem UP1 /provision")
        yield Line(f"config add UP1 /poll {times.interval or '15'}")
    else:
        yield Note(f"turn on fast polling ({times.polling})")
        yield Line(f"mod cmd UP1 provision {times.polling}")
        yield Line("config add UP1 /poll 1")


def _why_https(call: Call, times: Times) -> str:
    if not call.https:
        return "using HTTP and 'forcehttps' is set -> need to switch to HTTPS"
    return f"using HTTPS on port {call.called_port} -> need to switch to HTTPS on port {times.httpsport or 443}"


def remember_phase(phase: str, following: str) -> Iterator[Step]:
    """Keep in the state which phase the device's URL was written in, and which one follows."""
    yield Remember("state", {"phase": phase, "nextphase": following})
