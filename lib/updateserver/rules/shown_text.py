"""What devices sent, fit to be shown: shortened, and without what cannot be seen or leads the eye astray."""


def shown(text: str | None, most: int = 200) -> str:
    """Return one line of at most `most` characters; U+FFFD stands for each control or formatting character."""
    if not text:
        return ""
    return _visible(_shortened(text, most))


def shown_lines(text: str, most: int = 100_000) -> str:
    """Return the same of several lines."""
    text = _shortened(text, most)
    return text if text.isprintable() else "".join(c if c in "\n\t" else _visible(c) for c in text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
