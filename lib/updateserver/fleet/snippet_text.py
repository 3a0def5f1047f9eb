"""What an editor may have left in a snippet that devices do not understand: marks, other encodings, other line ends."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OLD_MAC = re.compile(rb"\r(?!\n)")


class TextFault(NamedTuple):
    """What is wrong with the text on a line, which counts from 1; 0 stands for the file as a whole."""

    line: int
    advice: str


def text_faults(content: bytes, *, is_whole: bool = True) -> Iterator[TextFault]:
    """Yield what is wrong with a snippet's text; `is_whole` says that this is all of it."""
    if not content.strip():
        yield TextFault(0, "it is empty and delivers nothing: fill it, or remove it")
        return
    if content.startswith(_UTF16) or b"\0" in content:
        yield TextFault(0, "it is UTF-16 or no text, and devices understand nothing of it: save it as UTF-8")
        return
    mark = content.find(codecs.BOM_UTF8)
    if mark >= 0:
        advice = "an invisible mark (BOM) begins this line, and devices do not understand it: save it as UTF-8 without"
        yield TextFault(_line(content, mark), advice)
    if end := _OLD_MAC.search(content if is_whole else content.removesuffix(b"\r")):
        advice = "a carriage return without line feed does not end a line for devices: save it with usual line ends"
        yield TextFault(_line(content, end.start()), advice)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, is_whole)
    except UnicodeDecodeError as problem:
        advice = "its special characters are not UTF-8 and may arrive as others: save it as UTF-8"
        yield TextFault(_line(content, problem.start), advice)


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1
