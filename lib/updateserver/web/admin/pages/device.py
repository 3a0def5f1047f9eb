"""One device: all that is known of it, and what it would get now."""

from lxml import etree
from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.base.secrets import lines_without_secrets
from updateserver.fleet.io.next_script import next_script as script_of
from updateserver.fleet.rows import DeviceFacts
from updateserver.fleet.since_delivery import fates
from updateserver.web.admin.context import PageContext
from updateserver.web.admin.pages.certificates import life_of
from updateserver.web.admin.rendering import device_url


def facts_of(context: PageContext) -> DeviceFacts:
    """Return what is known of the device in the address. Raises Refusal."""
    return _facts_and_state(context)[0]


def _facts_and_state(context: PageContext) -> tuple[DeviceFacts, etree._Element | None]:
    """Return the same with the device's state, so that nobody reads it once more. Raises Refusal."""
    found = context.resources.index.facts_and_state(context.config, context.serial_number())
    if found is None:
        raise Refusal(404, context.translate("This device is not known."))
    return found


def device(context: PageContext) -> Response:
    """Show a device."""
    facts, state = _facts_and_state(context)
    return context.page(
        "device.html",
        facts=facts,
        row=facts.row,
        scheme=scheme_of(context),
        address=device_url(scheme_of(context), facts.row.reported_ip),
        life=life_of(context, facts.row.sn, state),
    )


def next_script(context: PageContext) -> Response:
    """Show the script that the device's next poll would deliver, and what of it is new; secrets only when asked for."""
    (facts, state), url = _facts_and_state(context), f"{context.base}update.php"
    script = script_of(context.resources.installation, context.config, facts.row.sn, url, state)
    if script is None:
        raise Refusal(404, context.translate("Too little is known of this device to preview its next script."))
    lines = script.text.decode("utf-8", "replace").splitlines()
    hidden = lines_without_secrets(lines)
    has_secrets = hidden != lines
    lines = lines if context.shows_secrets(facts.row.sn, "script") else hidden
    return context.page(
        "next.html",
        row=facts.row,
        lines=lines,
        has_secrets=has_secrets,
        effective=[line for line in lines if line.strip() and not line.startswith("#")],
        fates=fates(script.there, script.sent, facts.delivered),
    )


def scheme_of(context: PageContext) -> str:
    """Return how devices are called."""
    return "https" if context.config.status.usehttpsdevlinks else "http"
