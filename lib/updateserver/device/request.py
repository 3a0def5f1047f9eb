"""What a caller may want: one class for each kind of request, and the names of arguments as PHP makes them of a URL.

A request that exists is well formed: names that become parts of paths are safe (`base/names.py`), arguments hold no
control characters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from updateserver.base.names import canonical

# PHP makes variables of arguments, whose names may hold none of these. A site's URLs count on what comes of that.
_UNDERSCORES = str.maketrans(" .[", "___")


class VariableName(NamedTuple):
    """The name of an argument, "" where PHP drops it; `is_list` where its value is one item of a list."""

    name: str
    is_list: bool = False


def variable_name(written: str) -> VariableName:
    """Return the name of an argument that is written so, decoded."""
    written = written.lstrip(" ")
    name, bracket, index = written.partition("[")
    # PHP ignores an argument without a name.
    if not name:  # `[x]=1`
        return VariableName("")
    if bracket and "]" in index:
        return VariableName(name.translate(_UNDERSCORES), is_list=True)
    return VariableName(written.translate(_UNDERSCORES))


REQUIRED = ("type", "sn", "hwid", "ip")


@dataclass(slots=True)
class Poll:
    """A device asks for its script."""

    args: Mapping[str, str]  # in their order; of an argument given twice the last value, at the first one's place
    missing: tuple[str, ...] = field(init=False)
    """Required arguments that were not given, or name nothing; any of them makes it a first contact."""
    sn: str = field(init=False)
    """Serial number, such as 00-90-33-30-00-af, in its canonical form; "" where none was given."""

    def __post_init__(self) -> None:
        args = self.args
        self.sn = canonical(args.get("sn", ""))
        # An empty `ip` is what a device sends that does not know its address; the other three make up files and
        # classes.
        self.missing = tuple([name for name in REQUIRED if not (args.get(name) or (name == "ip" and name in args))])

    @property
    def hwid(self) -> str:
        """Hardware id, such as IP232-30-00-af."""
        return self.args["hwid"]

    @property
    def type(self) -> str:
        """Device type, such as IP232."""
        return self.args["type"]


@dataclass(frozen=True, slots=True)
class BackupUpload:
    """A device sends its configuration; `sn` may be left out of a custom `backup/@scfg`."""

    hwid: str
    sn: str | None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """A device answers the query `id`."""

    sn: str
    id: str


@dataclass(frozen=True, slots=True)
class VarDump:
    """A device sends one of its variables, to be kept as a file of the certificate folder."""

    sn: str
    var: str
    file: str
    proc: str
    postproc: str


Request = Poll | BackupUpload | QueryAnswer | VarDump
