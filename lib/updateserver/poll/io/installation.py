"""One installation: its folder, and all that a process knows of it between two calls."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationFiles
from updateserver.device.io.states import States
from updateserver.poll.io.custom_code import CustomScripting
from updateserver.poll.io.reference_device import ReferenceDevice
from updateserver.poll.io.snippet_folder import SnippetFolders
from updateserver.trust.io.identities import Identities

if TYPE_CHECKING:
    from updateserver.poll.io.accepted_serials import AcceptedSerials
    from updateserver.poll.io.refusals import Refusals


class Installation:
    """The installation in the folder `root`; used by several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.locks = root / "cache" / "locks"
        self.configuration = ConfigurationFiles(root)
        self.states = States(self.locks)
        self.snippets = SnippetFolders(str(root))
        self.reference_device = ReferenceDevice(root, self.locks)
        self.scripting = CustomScripting(root)
        self._folders: dict[str, Path | None] = {}

    @cached_property
    def accepted(self) -> "AcceptedSerials":
        """Which serial numbers are accepted."""
        from updateserver.poll.io.accepted_serials import AcceptedSerials  # noqa: PLC0415 - most sites accept all

        return AcceptedSerials(self.root)

    @cached_property
    def refusals(self) -> "Refusals":
        """What limits refused."""
        from updateserver.poll.io.refusals import Refusals  # noqa: PLC0415 - a plain CGI poll does not need it

        return Refusals(self.root / "cache", self.locks)

    def config(self) -> Config:
        """Return the configuration as it is now. Raises ConfigurationBroken."""
        return self.configuration.current()

    def status_folder(self, config: Config) -> Path | None:
        """Return the folder of the state files, None where no state is kept."""
        return self._folder(config.status.dir)

    def certificate_folder(self, config: Config) -> Path | None:
        """Return the folder of certificates and requests, None where custom certificates are off."""
        return self._folder(config.customcerts.dir)

    def identities(self, config: Config) -> Identities:
        """Return who the devices have proved to be."""
        return Identities(self.certificate_folder(config) or self.root / "certs", self.locks)

    def _folder(self, name: str) -> Path | None:
        if name not in self._folders:
            self._folders[name] = self.root / name if name else None
        return self._folders[name]
