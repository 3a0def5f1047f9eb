"""The site's own scripting code, `config/scripting.py`."""

import importlib.util
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from lxml import etree

from updateserver.base.io.files import content_of
from updateserver.base.text import number_text
from updateserver.poll.facts import CustomScript

_LOG = logging.getLogger("updateserver.scripting")
NAME = "config/scripting.py"
_NOTHING = CustomScript()


class CustomScripting:
    """Runs the site's code, and reads it anew when it changes; a mistake in it costs a device nothing but its part."""

    def __init__(self, root: Path) -> None:
        self._path = root / NAME
        self._file = str(self._path)
        self._stamp: tuple[int, int] | None = None
        self._module: ModuleType | None = None
        self._lock = threading.Lock()

    def script(self, state: Callable[[], etree._Element]) -> CustomScript:
        """Return what the code wants to send to a device with this state."""
        if not os.access(self._file, os.F_OK):  # on the way of every poll, and no exception is made for it
            return _NOTHING
        try:
            status = os.stat(self._file)  # noqa: PTH116
            return _asked(self._loaded((status.st_mtime_ns, status.st_size)), state)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the site's code: whatever it raises
            _LOG.exception("%s failed, the standard script is sent without it", self._path)
            return CustomScript(error=f"{NAME} failed, standard script only: {type(error).__name__}: {error}")

    def _loaded(self, stamp: tuple[int, int]) -> ModuleType:
        with self._lock:
            if self._module is None or stamp != self._stamp:
                spec = importlib.util.spec_from_loader("updateserver_site_scripting", loader=None)
                assert spec  # noqa: S101 - a spec without a loader is always made
                module = importlib.util.module_from_spec(spec)
                module.__file__ = str(self._path)
                # Not imported by name: a second version would come from the cache of modules, or of compiled files.
                exec(compile(content_of(self._path), self._path, "exec"), module.__dict__)  # noqa: S102
                self._module, self._stamp = module, stamp
            return self._module


def _asked(module: ModuleType, state: Callable[[], etree._Element]) -> CustomScript:
    snippet: Any = module.CustomUpdateSnippet(state())
    return CustomScript(
        pre=_lines(snippet.getPreSnippet()),
        post=_lines(snippet.getPostSnippet()),
        send_standard=bool(snippet.sendStandardSnippets()),
    )


def _lines(lines: Any) -> tuple[str, ...]:
    # A text is a sequence of letters to Python: each would become a line of its own.
    if isinstance(lines, str):
        raise TypeError(f"a snippet is a list of texts, not one text: {lines!r}")
    return tuple(map(_line, lines))


def _line(line: object) -> str:
    if isinstance(line, (int, float)):
        return number_text(line)
    if not isinstance(line, str):
        from numbers import Number  # noqa: PLC0415 - such as Decimal: hardly ever

        if isinstance(line, Number):
            return str(line)
        raise TypeError(f"a snippet is a list of texts, but holds {line!r}")
    line.encode("utf-8", "surrogateescape")  # raises UnicodeError for what cannot be sent
    return line
