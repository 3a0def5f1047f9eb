"""What a device keeps: configuration lines, one for each module, and variables.

Two stores without any idea of scripts or time: who writes says when.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from updateserver.virtual.script import Option

DATE = "%d.%m.%Y-%H:%M:%S"


class Configuration:
    """Configuration lines: for each module its options, in order, with decoded values."""

    def __init__(self, lines: dict[str, list[Option]] | None = None) -> None:
        self._lines = lines or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self._lines == other._lines

    __hash__ = None  # type: ignore[assignment]  # it changes

    def change(self, module: str, options: Iterable[Option]) -> None:
        """Replace the line of a module."""
        self._lines[module] = list(options)

    def add(self, module: str, options: Iterable[Option]) -> None:
        """Set single options of a module, each in its old place or at the end."""
        line = self._lines.setdefault(module, [])
        for name, value in options:
            place = next((number for number, (known, _) in enumerate(line) if known == name), len(line))
            line[place : place + 1] = [(name, value)]

    def remove(self, module: str, options: Iterable[Option]) -> None:
        """Remove single options of a module; without options, its line."""
        names = {name for name, _ in options}
        if not names:
            self._lines.pop(module, None)
        elif module in self._lines:
            self._lines[module] = [option for option in self._lines[module] if option[0] not in names]

    def option(self, module: str, name: str) -> str | None:
        """Look up an option's value: "" for a flag, `None` if it is not there."""
        return next((value or "" for known, value in self._lines.get(module, ()) if known == name), None)

    def copy(self) -> "Configuration":
        """Copy all lines, so that one of the two can change."""
        return Configuration({module: list(line) for module, line in self._lines.items()})

    def dump(self) -> Iterator[str]:
        """Yield the lines `config change MODULE ...` that make this configuration."""
        for module, line in self._lines.items():
            words = (word if value is None else f"{word} {quote(value, safe='')}" for word, value in line)
            yield " ".join(["config change", module, *words])


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: flags (p permanent, c encrypted, b binary as hex), value, and when it was stored."""

    flags: str
    value: str
    stored: datetime


class Variables:
    """The variables of a device, by name; `UPDATE/...` among them are the stored serials."""

    def __init__(self) -> None:
        self._variables: dict[str, Variable] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._variables

    def create(self, name: str, flags: str, value: str, now: datetime) -> None:
        """Store a variable in place of an older one of that name."""
        self._variables[name] = Variable(flags, value, now)

    def delete(self, name: str) -> None:
        """Remove a variable, if it is there."""
        self._variables.pop(name, None)

    def value(self, name: str) -> str | None:
        """Look up a variable's value, `None` if it is not there."""
        variable = self._variables.get(name)
        return None if variable is None else variable.value

    def serial(self, name: str) -> str | None:
        """Look up a stored serial: `PROT`, `BOOT`, `CHECK`, `SCFG` ..."""
        return self.value(f"UPDATE/{name}")

    def serial_date(self, name: str) -> datetime | None:
        """Look up when a serial was stored."""
        variable = self._variables.get(f"UPDATE/{name}")
        return None if variable is None else variable.stored

    def store_serial(self, name: str, serial: str, now: datetime) -> None:
        """Store a serial, as the update client does after success."""
        self.create(f"UPDATE/{name}", "p", serial, now)

    def below(self, name: str) -> list[str]:
        """List the names of the variables below a name, sorted."""
        return sorted(known for known in self._variables if known.startswith(f"{name}/"))

    def read(self, name: str) -> str:
        """Print what `vars read` prints: lines `NAME FLAGS VALUE` of this variable and of those below it."""
        names = [known for known in (name, *self.below(name)) if known in self._variables]
        return "".join(f"{known} {self._line(known)}\r\n" for known in names)

    def dump(self) -> Iterator[str]:
        """Yield the lines `vars create NAME FLAGS VALUE` that make the permanent variables."""
        for name, variable in sorted(self._variables.items()):
            if "p" in variable.flags:
                yield f"vars create {name} {self._line(name)}"

    def values(self) -> dict[str, tuple[str, str]]:
        """Copy flags and value of every variable, to compare later."""
        return {name: (variable.flags, variable.value) for name, variable in self._variables.items()}

    def _line(self, name: str) -> str:
        variable = self._variables[name]
        return f"{variable.flags} {variable.value}"
