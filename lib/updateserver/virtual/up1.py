"""The module UP1 of a device: it runs a script line by line.

A line that cannot be understood is an error of the poll, and the next line runs. A line of a module that is not
modelled counts as executed. A reset ends the script.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from updateserver.virtual import up0
from updateserver.virtual.poll import PollRecord
from updateserver.virtual.script import decoded, options, positional

if TYPE_CHECKING:
    from updateserver.virtual.device import Device

RESETS = frozenset({"reset", "ireset", "resetn", "iresetn"})


class ScriptRun:
    """One run of one script on a device. `resetting` tells afterwards whether the device is to reset now."""

    def __init__(self, device: "Device", poll: PollRecord) -> None:
        self._device = device
        self._poll = poll
        self._check: tuple[str, str] | None = None  # FINAL, SERIAL
        self.resetting = False

    def run(self) -> None:
        """Run the poll's script to its end, or until a line stops it."""
        lines = self._poll.effective
        for number, line in enumerate(lines, start=1):
            self._poll.executed.append(line)
            stopped = self._run_line(line)
            if stopped and not (stopped == "reset" and number == len(lines)):
                self._poll.stopped = stopped
                return
        self._complete()

    def _run_line(self, line: str) -> str:
        try:
            return self._execute(line.split())
        except ValueError as error:
            self._poll.errors.append(f"{line}: {error}")
            return ""

    def _execute(self, words: list[str]) -> str:
        """Execute one line; return why the rest of the script is dropped, "" if it is not."""
        match words:
            case ["config", verb, *rest]:
                self._config(verb, rest)
            case ["vars", "create", name, flags, *value]:
                self._device.variables.create(name, flags, " ".join(value), self._device.clock())
                self._device.reset_needed = True
            case ["vars", "del", name]:
                self._device.variables.delete(name)
            case ["mod", "cmd", "UP1", *rest]:
                return self._up1(rest)
            case ["mod", "cmd", "UP0", *rest]:
                return self._final(self._up0(rest))
            case ["mod", "cmd", "X509", "servercert-create", *rest]:
                self._device.x509.create(options(rest))
            case [final] if final in RESETS:
                return self._final(final)
        return ""

    def _config(self, verb: str, words: list[str]) -> None:
        device, name = self._device, positional(words)
        module, rest = " ".join(name), options(words[len(name) :])  # PHONE SIG /prot SH323 is a line of PHONE SIG
        match verb, words:
            case "write", []:
                device.saved = device.configuration.copy()
            case "activate", []:
                self._activate()
            case "change", _ if module:
                device.configuration.change(module, rest)
            case "add", _ if module:
                device.configuration.add(module, rest)
            case "rem", _ if module:
                device.configuration.remove(module, rest)
            case _:
                raise ValueError("config wants change, add or rem and a module, or write or activate")

    def _activate(self) -> None:
        """Apply the configuration; `/provision` in the line of UP1 begins or ends fast polling."""
        device = self._device
        before, device.active = device.active.option("UP1", "/provision"), device.configuration.copy()
        after = device.active.option("UP1", "/provision")
        if after != before or after:
            device.provision = int(after or 0)

    def _up1(self, words: list[str]) -> str:
        match words:
            case ["times", *rest]:
                return "" if self._allowed_now(dict(options(rest))) else "times"
            case ["check", final, serial]:
                if serial == self._device.variables.serial("CHECK"):
                    return "check"
                self._check = final, serial
            case ["check", *_]:
                raise ValueError("check wants FINAL SERIAL")
            case ["provision", seconds]:
                self._device.provision = int(seconds)
            case ["setvar", name, value]:
                self._device.kept[name] = decoded(value)
            case ["setvar", *_]:
                raise ValueError("setvar wants NAME VALUE")
        return ""

    def _up0(self, words: list[str]) -> str:
        match words:
            case [("prot" | "boot") as kind, *rest]:
                return up0.load(self._device, self._poll, kind, rest)
            case ["scfg", *rest]:
                return up0.upload(self._device, self._poll, rest)
        return ""

    def _allowed_now(self, given: dict[str, str | None]) -> bool:
        now, allow = self._device.clock(), given.get("/allow")
        if not allow or now.hour in {int(hour) for hour in allow.split(",")}:
            return True
        initial = timedelta(minutes=int(given.get("/initial") or 0))
        return self._device.new and now - self._device.started < initial

    def _final(self, final: str) -> str:
        """Run a final command; return `reset` if the device resets now."""
        device = self._device
        if final not in RESETS or (final.endswith("n") and not device.reset_needed):
            return ""
        if final.startswith("i") and not device.idle:
            device.reset_waiting = True
            return ""
        self.resetting = True
        return "reset"

    def _complete(self) -> None:
        if self._check is None:
            return
        final, serial = self._check
        self._device.variables.store_serial("CHECK", serial, self._device.clock())
        self._final(final)
