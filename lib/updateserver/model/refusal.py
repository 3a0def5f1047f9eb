"""The one error family for requests that are not served."""


class Refusal(Exception):
    """A request is not served: `status` is the HTTP status, the text tells the caller why, without line breaks."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
