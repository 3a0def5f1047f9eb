"""What became of asking the reference device, as its last failure tells. Nobody is asked here."""

from collections.abc import Iterator
from pathlib import Path

from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, error, warning
from updateserver.poll.io.reference_device import cached, last_failure


def reference_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield that the reference device could not be asked when that was last tried."""
    master, node = config.master, merged.one("master")
    if not master.info.lower().startswith(("http://", "https://")):  # none is asked, or the address itself is told
        return
    cache = root / master.cache
    failure = last_failure(master, cache)
    if failure is None:
        return
    has_builds = cached(cache) is not None
    tell = warning if has_builds else error
    if "CERTIFICATE_VERIFY_FAILED" in failure.reason:
        message = (
            "its certificate cannot be verified: have this machine trust the CA that signed it, or write http:// "
            "({why})"
        )
    elif has_builds:
        message = "the reference device could not be asked, the builds are those of its last answer: {why}"
    else:
        message = "devices get no script, as the reference device could not be asked: {why}"
    yield tell(message, node, "master", "info", why=failure.reason)
