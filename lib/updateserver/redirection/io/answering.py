"""A call of a device carried out: look it up, have it judged, note what it searched for."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from updateserver.base.lines import joined
from updateserver.base.refusal import Refusal
from updateserver.base.times import DAY
from updateserver.configuration.config import Config
from updateserver.poll.io.refusals import Refusals
from updateserver.redirection.asking import Asking, asking_of
from updateserver.redirection.discovery import called
from updateserver.redirection.enumeration import WINDOW, is_slowed
from updateserver.redirection.io.calls import Calls
from updateserver.redirection.io.codes import ProvisioningCodes
from updateserver.redirection.io.registry_files import OpenRegistry, RegistryFiles
from updateserver.redirection.io.searches import Searches
from updateserver.redirection.registry import HERE, Project
from updateserver.redirection.verdict import Outcome, Verdict, verdict
from updateserver.trust.call import Call

_USUAL_FOLDER = "/mtls/update/"  # where the examples for web servers have it, if /init at the top was called
_LOG = logging.getLogger("updateserver.redirection")


class Redirection:
    """The redirection service of the installation in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.registry_files = RegistryFiles(root)
        self._codes = ProvisioningCodes(root)
        self._calls = Calls(root / "cache")
        self._searches = Searches(root / "cache")
        self._refusals = Refusals(root / "cache", root / "cache" / "locks")

    def script(self, config: Config, call: Call, args: Mapping[str, str], now: datetime) -> bytes:
        """Return the script for a call; the update server's configuration says which types can load what.

        Raises Refusal, RegistryBroken, and OSError where the data cannot be read.
        """
        known = self.registry_files.open()
        if known is None:
            raise Refusal(404, "no redirection is set up here, see docs/redirection.md")
        cannot_load = {"firmware": [*map(str.lower, config.nofirmdev)], "bootcode": [*map(str.lower, config.nobootdev)]}
        settings = replace(known.settings, cannot_load=cannot_load)
        asking = asking_of(args, call.address)
        found = self._judged(OpenRegistry(settings, known.registry), call, asking, now)
        if asking.mac and settings.remember:
            seconds = int(now.timestamp())
            self._calls.note(called(asking, found, args, seconds), settings.remember * DAY)
        if found.outcome is Outcome.UNUSABLE:
            _LOG.error("%s: not served: %s: %s", call.address, asking.mac, found.message)
            raise Refusal(
                500, f"project {found.project.id if found.project else ''} cannot be used, see the server's log"
            )
        return joined(found.lines)

    def _judged(self, known: OpenRegistry, call: Call, asking: Asking, now: datetime) -> Verdict:
        seconds, called = int(now.timestamp()), f"{call.base}{call.script}"
        if not asking.mac:
            return verdict(asking, (), known.settings, called, now)
        limit = known.settings.unknown
        if limit and is_slowed(self._searches.lately(asking.address, asking.mac, seconds), limit):
            self._refusals.note("redirection/@unknown", asking.address, seconds)
            raise Refusal(429, f"too many unknown serial numbers from your address: wait for at most {WINDOW} seconds")
        if asking.code:
            self._codes.typed(asking, known.registry, seconds)
        places = [_sent(place, known.settings.here, call) for place in known.registry.places(asking.mac)]
        if limit and not places:
            self._searches.note(asking.address, asking.mac, seconds)
        return verdict(asking, places, known.settings, called, now)


def _sent(project: Project, here: str, call: Call) -> Project:
    """Return a project with the real URL of this installation's update server, if its devices are sent there."""
    if project.url != HERE:
        return project
    folder = call.folder if call.folder != "/" else _USUAL_FOLDER
    return replace(project, url=here or f"{'https' if call.https else 'http'}://{call.host}{folder}update.php")
