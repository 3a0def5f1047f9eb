"""What the JSON API tells and changes of redirection, below `redirection/` (docs/api.md)."""

import time
from itertools import islice
from pathlib import Path

from updateserver.base.refusal import Refusal
from updateserver.base.times import DAY
from updateserver.redirection.io.calls import Calls
from updateserver.redirection.io.registry_files import OpenRegistry, RegistryBroken, RegistryFiles
from updateserver.redirection.plain import plain_entry, plain_project
from updateserver.redirection.registry import Project
from updateserver.web.api.answers import Found
from updateserver.web.api.redirection_asked import ApiCall, as_json, own_project, owned, serial
from updateserver.web.api.redirection_changes import Codes, Devices, Projects

_MOST = 1000  # entries of one answer


class RedirectionApi:
    """Answers for the installation in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.registry_files = RegistryFiles(root)
        self.calls = Calls(root / "cache")

    def answer(self, asked: ApiCall, path: tuple[str, ...]) -> Found:
        """Return what a call is answered with. Raises Refusal."""
        try:
            now = self.registry_files.open()
        except RegistryBroken as broken:
            raise Refusal(500, "the redirection data cannot be used: updateserver check-config tells more") from broken
        if now is None:
            raise Refusal(404, "no redirection is set up here, see docs/redirection.md")
        match path:
            case ("calls",) if asked.reads:
                return self._told_calls(asked, now)
            case ("projects",) if asked.reads:
                return as_json([_counted(now, project) for project in owned(now, asked.customer)])
            case ("projects", number):
                return Projects(self.root, now, asked).answer(number)
            case ("codes",):
                return Codes(self.root, now, asked).answer()
            case ("devices",) if asked.reads:
                return self._told_devices(asked, now)
            case ("devices", sn):
                return Devices(self.root, now, asked).answer(serial(sn))
        raise Refusal(404, "there is nothing at this address, see docs/api.md")

    @staticmethod
    def _told_devices(asked: ApiCall, now: OpenRegistry) -> Found:
        project, limit = asked.number("project", 0, 2**53), asked.number("limit", 100, _MOST)
        if project or asked.customer is not None:
            own_project(now, asked.customer, project)
        since = serial(asked.arguments["since"]) if asked.arguments.get("since") else ""
        found = list(islice(now.registry.entries(project or None, since), limit + 1))
        following = found[limit].mac if len(found) > limit else None
        return as_json({"devices": [plain_entry(entry) for entry in found[:limit]], "next": following})

    def _told_calls(self, asked: ApiCall, now: OpenRegistry) -> Found:
        since = int(time.time()) - now.settings.remember * DAY
        limit, customer = asked.number("limit", 100, _MOST), asked.customer
        if sn := asked.arguments.get("sn", ""):
            found = [call for call in self.calls.of(serial(sn), since) if customer in (None, call.customer)]
        elif asked.arguments.get("from", "") == "here":
            known = self.calls.newest(since, address=asked.call.certain_address or "-", limit=limit)
            found = [call for call in known if customer is None or call.customer in (0, customer)]
        else:
            wanted = asked.number("customer", 0, 2**53) or customer
            if customer not in (None, wanted):
                raise Refusal(403, "this token is one for another customer")
            found = self.calls.newest(since, customer=wanted, limit=limit)
        return as_json([call.plain for call in found[:limit]])


def _counted(now: OpenRegistry, project: Project) -> dict[str, object]:
    return plain_project(project) | {"devices": now.registry.count(project.id)}
