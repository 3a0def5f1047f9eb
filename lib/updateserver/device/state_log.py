"""The log at the end of a state file, kept as the bytes that stand there.

It is most of a state, and a poll neither asks for it nor changes more of it than its ends: to parse and write it anew
each time would take longer than all the rest. States as this server writes them end with their log; what stands
elsewhere or in another form is left to the XML parser.
"""

import re

_END = b"</state>"
_MESSAGE = re.compile(rb'<msgs time="(\d{1,20})" msg="([^"]*)"/>', re.ASCII)
_LOG = re.compile(rb'(?:<msgs time="\d{1,20}" msg="[^"]*"/>)+', re.ASCII)
_REFERENCE = re.compile(rb"&(?:amp|lt|gt|quot|#(?:9|10|13|\d{3,6}|1[01]\d{5}));", re.ASCII)  # as `message` writes them
_SUSPECT = bytes([*range(0x20), *b"<&", *range(0x80, 0x100)])  # beside references, only each `<msgs` holds one of these
_SHORTEST = len('<msgs time="0" msg=""/>')
_SPECIAL = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def split(content: bytes) -> tuple[bytes, bytes]:
    """Return a state without the log at its end, and that log; b"" where there is none of our form."""
    start, end = content.find(b"<msgs "), content.rfind(_END)
    # All from there to the end must be log: an answer of a device could hold what looks like a part of one.
    if start < 0 or not _LOG.fullmatch(content, start, end):
        return content, b""
    log = content[start:end]
    if content[end + len(_END) :].strip() or not _is_well_formed(log):
        return content, b""
    return content[:start] + _END, log


def _is_well_formed(log: bytes) -> bool:
    """Tell whether a log is XML for sure, in whichever encoding; what is in doubt is left to the parser."""
    plain = _REFERENCE.sub(b"", log) if b"&" in log else log
    # Two passes in C, instead of a look at each character.
    return len(plain) - len(plain.translate(None, _SUSPECT)) == plain.count(b'<msgs time="')


def joined(state: bytes, log: bytes) -> bytes:
    """Return a state with a log at its end."""
    return state.removesuffix(_END) + log + _END


def message(moment: int, text: str) -> bytes:
    """Return a message as it is written; `moment` is in Unix seconds, the text such that XML can hold it."""
    if "&" in text or "<" in text or '"' in text or not text.isprintable():
        # XML 1.0, 3.3.3: tabs and line ends in an attribute are read as blanks unless they are references.
        text = text.translate(_SPECIAL)
    return f'<msgs time="{moment}" msg="{text}"/>'.encode("ascii", "xmlcharrefreplace")


def times(log: bytes) -> list[int]:
    """Return when the messages were logged, in Unix seconds."""
    return [int(found[1]) for found in _MESSAGE.finditer(log)]


def trimmed(log: bytes, since: int, most: int, size: int) -> bytes:
    """Return a log without messages that are older than `since` or too many, whole calls at a time.

    So it is with what is more than `size` bytes, but for that even the last call is cut. A ruler, which is an empty
    message, begins a call. While the first message is young, so are taken to be all: only a clock that was set back
    makes that wrong, for a while.
    """
    first = _MESSAGE.match(log)
    if not first or (int(first[1]) >= since and len(log) < most * _SHORTEST and len(log) <= size):
        return log
    # The reference removes every second message here (docs/differences.md, 28).
    surplus, least = log.count(b"<msgs ") - most, len(log) - size
    cut = removed = length = last = 0
    for found in _MESSAGE.finditer(log):
        # Only at a ruler: half a call would tell the admin less than none.
        if length and not found[2]:
            if last >= since and removed >= surplus and cut >= least:
                break
            cut, removed, length = found.start(), removed + length, 0
        length, last = length + 1, int(found[1])
    return log[cut:] if cut >= least else _end(log, least)


def _end(log: bytes, least: int) -> bytes:
    """Return a log without so many bytes at its beginning, or some more: it begins with a whole message."""
    start = log.find(b"<msgs ", least)
    return log[start:] if start >= 0 else b""
