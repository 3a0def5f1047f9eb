"""The names of arguments, as PHP makes them of a URL: `a b` and `a.b` are `a_b`, `a[k]` is a list `a`."""

from typing import NamedTuple

_UNDERSCORES = str.maketrans(" .[", "___")


class VariableName(NamedTuple):
    """The name of an argument, "" where PHP drops it; `is_list` where its value is one item of a list."""

    name: str
    is_list: bool = False


def variable_name(written: str) -> VariableName:
    """Return the name of an argument that is written so, decoded."""
    written = written.lstrip(" ")
    name, bracket, index = written.partition("[")
    if not name:  # `[x]=1`
        return VariableName("")
    if bracket and "]" in index:
        return VariableName(name.translate(_UNDERSCORES), is_list=True)
    return VariableName(written.translate(_UNDERSCORES))
