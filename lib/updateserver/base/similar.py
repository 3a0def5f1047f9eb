"""What somebody probably meant who wrote a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches


def most_similar(name: str, names: Iterable[str]) -> str:
    """Return the name that was probably meant, "" where none is similar."""
    by_lower = {other.lower(): other for other in names}
    closest = get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[closest[0]] if closest else ""
