"""The one error family for requests that are not served."""


class Refusal(Exception):
    """A request is not served: `status` is the HTTP status, the text tells the caller why, without line breaks.

    `limit` is the attribute or tag of the configuration that says so, such as `status/@newperhour`: such refusals may
    be very many, so they are counted (`poll/io/refusals.py`) and not told one by one.
    """

    def __init__(self, status: int, text: str, limit: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.limit = limit
