"""One device: all that is known of it, and what it would get now."""

from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.base.secrets import lines_without_secrets
from updateserver.fleet.io.next_script import next_script as script_of
from updateserver.fleet.rows import DeviceFacts
from updateserver.fleet.since_delivery import fates
from updateserver.web.admin.pages.certificates import life_of
from updateserver.web.admin.rendering import device_url
from updateserver.web.admin.visit import Visit


def facts_of(visit: Visit) -> DeviceFacts:
    """Return what is known of the device in the address. Raises Refusal."""
    facts = visit.resources.index.facts(visit.config, visit.serial_number())
    if facts is None:
        raise Refusal(404, visit.words("Nothing is known of this device."))
    return facts


def device(visit: Visit) -> Response:
    """Show a device."""
    facts = facts_of(visit)
    return visit.page(
        "device.html",
        facts=facts,
        row=facts.row,
        scheme=scheme_of(visit),
        address=device_url(scheme_of(visit), facts.row.reported_ip),
        life=life_of(visit, facts.row.sn),
    )


def next_script(visit: Visit) -> Response:
    """Show the script that the device's next poll would deliver, and what of it is new; secrets only when asked for."""
    facts = facts_of(visit)
    script = script_of(visit.resources.installation, visit.config, facts.row.sn, f"{visit.base}update.php")
    if script is None:
        raise Refusal(404, visit.words("Too little is known of this device to tell its next script."))
    text = script.decode("utf-8", "replace")
    lines = text.splitlines()
    hidden = lines_without_secrets(lines)
    has_secrets = hidden != lines
    lines = lines if visit.shows_secrets(facts.row.sn, "script") else hidden
    return visit.page(
        "next.html",
        row=facts.row,
        lines=lines,
        has_secrets=has_secrets,
        effective=[line for line in lines if line.strip() and not line.startswith("#")],
        fates=fates(text, visit.config.times.dir, facts.delivered),
    )


def scheme_of(visit: Visit) -> str:
    """Return how devices are called."""
    return "https" if visit.config.status.usehttpsdevlinks else "http"
