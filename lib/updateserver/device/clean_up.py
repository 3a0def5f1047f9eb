"""Whether a clean-up of states is one of every day, or shows that the clock is wrong."""

from typing import NamedTuple

_HANDFUL = 10
_SHARE = 10  # one of so many


class Overdue(NamedTuple):
    """What a clean-up found: `old` states would be forgotten, `ahead` ones are dated in the future; of so many."""

    old: int
    ahead: int
    states: int

    @property
    def is_odd(self) -> bool:
        """Tell whether an admin is to look first: more than a handful, and more than a tenth, of either kind."""
        # A server whose clock jumps would forget its whole fleet at once, and with it who needs which certificate.
        return any(count > _HANDFUL and self.states < count * _SHARE for count in (self.old, self.ahead))
