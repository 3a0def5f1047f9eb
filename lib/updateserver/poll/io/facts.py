"""The world as one poll sees it: snippets, state, certificate files, the reference device; looked at when asked for."""

import os
import time
from collections.abc import Sequence
from functools import cached_property

from lxml import etree

from updateserver.base.io.files import read
from updateserver.configuration.config import Config
from updateserver.device.io import states
from updateserver.device.steps import Change
from updateserver.device.stored import StoredDevice, StoredFacts
from updateserver.poll.facts import CustomScript, Reference, SnippetFile
from updateserver.poll.io import other_spellings
from updateserver.poll.io.installation import Installation
from updateserver.trust.call import ProvenIdentity


class LiveFacts:
    """The world as one poll sees it; `changes` grows while the poll is told."""

    def __init__(
        self, installation: Installation, config: Config, sn: str, changes: Sequence[Change], *, is_preview: bool
    ) -> None:
        self.now = int(time.time())
        self._installation, self._config, self._sn = installation, config, sn
        self._changes = changes
        self._is_preview = is_preview
        self._was: states.Snapshot | None = None
        self.there: tuple[str, ...] = ()
        """The snippet files that there are for the device, in the order of their delivery; of a preview only."""

    @property
    def was(self) -> states.Snapshot:
        """The device's state before this call."""
        if self._was is None:
            folder = self._installation.status_folder(self._config)
            self._was = self._installation.states.read_for_poll(folder, self._sn) if folder else states.nothing()
            if (
                self._was.content is None
                and not self._is_preview
                and other_spellings.taken_over(self._installation, self._config, self._sn)
            ):
                self._was = self._installation.states.read_for_poll(folder, self._sn) if folder else states.nothing()
        return self._was

    @property
    def stored(self) -> StoredFacts:
        """The same as the rules want to know it."""
        return StoredDevice(self.was.state)

    @cached_property
    def identity(self) -> ProvenIdentity | None:
        """The verified certificate that the calling device has shown at some time."""
        return self._installation.identities(self._config).shown(self._sn)

    def holder(self, name: str) -> str | None:
        """Return the serial number of the device that holds a hardware id, None if nobody does."""
        return self._installation.identities(self._config).holder(name)

    def snippets(self, names: Sequence[str]) -> dict[str, SnippetFile]:
        """Return those of the named snippet files that there are, by name."""
        found = self._installation.snippets.read(names)
        if self._is_preview:
            self.there = tuple(name for name in names if name in found)
        return found

    def reference(self) -> Reference:
        """Return the reference device's builds; a preview does not ask it."""
        device, master = self._installation.reference_device, self._config.master
        return device.cached(master) if self._is_preview else device.builds(master)

    def certificate_file(self, name: str) -> bytes | None:
        """Return a file of the certificate folder."""
        folder = self._installation.certificate_folder(self._config)
        return read(folder / name) if folder else None

    def has_certificate_file(self, name: str) -> bool:
        """Tell whether there is such a file in the certificate folder."""
        folder = self._installation.certificate_folder(self._config)
        return folder is not None and os.path.lexists(f"{folder}/{name}")

    def ca_files(self) -> list[tuple[str, bytes]]:
        """Return the CA's certificate files, sorted by name."""
        from updateserver.device.io.ca_names import names_in  # noqa: PLC0415 - rarely needed

        certs = self._config.customcerts
        names = names_in(self._installation.root, certs.dir, certs.CAkeys)
        found = ((name, self.certificate_file(name)) for name in names)
        return [(name, content) for name, content in found if content is not None]

    def reverse_name(self, address: str) -> str:
        """Return the DNS name of an address."""
        from updateserver.base.io.lookups import reverse_name  # noqa: PLC0415 - rarely needed

        return reverse_name(address)

    def custom_script(self) -> CustomScript:
        """Return what the site's own code adds, which sees the state with what this call has changed so far."""
        return self._installation.scripting.script(self._changed_state)

    def _changed_state(self) -> etree._Element:
        return states.with_changes(self.was, self._changes, self.now)
