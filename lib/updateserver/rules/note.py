"""Messages that both the reader of a script and the reader of the device's log should see."""

from collections.abc import Iterator

from updateserver.model.steps import Comment, Log, Step


def note(message: str) -> Iterator[Step]:
    """Say something in the script and in the device's log."""
    yield Comment(message)
    yield Log(message)
