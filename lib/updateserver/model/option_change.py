"""What differs between two configuration backups."""

from dataclasses import dataclass

MASK = "\N{BULLET}" * 8


@dataclass(frozen=True, slots=True)
class OptionChange:
    """One row of the difference of two backups.

    `kind` is added, removed or changed. Values are decoded; "" where there is none. Where `is_secret` is set, a page
    shows them only when asked to.
    """

    module: str  # "PHONE SIG", "CMD0", "vars"
    option: str  # "/gk-addr", the name of a variable, or "" for a whole line
    kind: str
    old: str
    new: str
    is_secret: bool = False

    @property
    def masked(self) -> "OptionChange":
        """Return the same without its secrets."""
        if not self.is_secret:
            return self
        return OptionChange(self.module, self.option, self.kind, self.old and MASK, self.new and MASK, is_secret=True)
