"""What can be said about a tag or an attribute of the configuration."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What an attribute or the text of a tag holds; the value is how it is called in the reference."""

    SWITCH = "`true` or `false`"
    FLAG = "whatever its text: that it is there counts"
    SECONDS = "seconds"
    MINUTES = "minutes"
    DAYS = "days"
    COUNT = "number"
    PLACE = "number that orders"
    BYTES = "bytes"
    PORT = "port"
    URL = "URL"
    DIRECTORY = "folder"
    FILE = "file"
    PATTERN = "file name pattern"
    HOURS = "hours 0 to 23, separated by commas"
    NAME = "name"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 -- a kind, no password
    CHOICE = "one of several words"
    BUILD = "build number or word"
    ADDRESSES = "addresses or networks, separated by commas"
    SERIALS = "serial numbers in any notation, patterns with `*` and `?`, and files, separated by commas"
    URLMOD = "`!pattern!replacement!flags`"
    COMMAND = "device command"
    XPATH = "XPath expression"
    UNUSED = "not used"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; `sent` ones reach devices word for word, whatever they say."""

    name: str
    kind: Kind
    meaning: str
    choices: tuple[str, ...] = ()
    since: str = ""
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag below its parent; `text` is what it holds between start and end, None where that is nothing."""

    name: str
    meaning: str
    attributes: tuple[Attribute, ...] = ()
    children: tuple["Tag", ...] = ()
    several: bool = False
    text: Kind | None = None
    since: str = ""

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of that name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def child(self, name: str) -> "Tag | None":
        """Return the tag of that name below this one."""
        return next((child for child in self.children if child.name == name), None)
