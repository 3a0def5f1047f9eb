"""From an HTTP request to its answer: which application or file a URL means, or a plain 404.

It decides nothing about devices; that is the applications' part.
"""

import asyncio
import logging
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from updateserver.trust.addresses import limit_key
from updateserver.web.embedded.paths import plain_names, static_file
from updateserver.web.embedded.request_body import receive, too_large
from updateserver.web.embedded.spool import Spool
from updateserver.web.embedded.tls import tls_variables
from updateserver.web.embedded.wsgi import SOFTWARE, Answer, Received, as_wsgi, from_wsgi, run
from updateserver.web.scripts import DEFAULT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Executor
    from wsgiref.types import WSGIApplication

    from updateserver.web.embedded.settings import ServerSettings

log = logging.getLogger("updateserver.embedded")

_LENGTH = "content-length"
_WHOLE = re.compile(r"\Ahttps?://[^/?]*(?=/)", re.IGNORECASE)  # before the path, as for a proxy: it does not matter
_STATIC = ("fw", "web")
_TO_APPLICATIONS = ("GET", "HEAD", "PUT", "POST")  # but for those that say otherwise in `methods`
_TO_FILES = ("GET", "HEAD")


@dataclass(frozen=True)
class Answering:
    """One installation as HTTP sees it; an instance is the request handler of an aiohttp server."""

    settings: "ServerSettings"
    applications: "Mapping[tuple[str, ...], WSGIApplication]"
    pool: "Executor"
    spool: Spool

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path, _, query = _WHOLE.sub("", request.raw_path, count=1).partition("?")
        names = plain_names(path) or ()
        for below in self._below_prefixes(names):
            if application := self.applications.get(below):
                return await self._ask(application, request, "/" + "/".join(names), query)
            # Only these two folders are ever served as files: everything else of the installation is private.
            if below[0] in _STATIC:
                return await self._file(request, below)
        raise _not_found()

    def _below_prefixes(self, names: tuple[str, ...]) -> "Iterator[tuple[str, ...]]":
        if names == (DEFAULT,):
            yield names
        for folder in self.settings.folders:
            count = len(folder)
            if names[:count] == folder and names[count:]:
                yield names[count:]

    async def _file(self, request: web.BaseRequest, names: tuple[str, ...]) -> web.StreamResponse:
        _allow(request, _TO_FILES)
        # A disk may hang, so even a look at it is not for the event loop.
        path = await asyncio.to_thread(static_file, self.settings.root, names)
        if path is None:
            raise _not_found()
        return web.FileResponse(path, headers={"Server": SOFTWARE})

    async def _ask(
        self, application: "WSGIApplication", request: web.BaseRequest, script: str, query: str
    ) -> web.StreamResponse:
        _allow(request, getattr(application, "methods", _TO_APPLICATIONS))
        tls = _tls(request)
        head = Received(
            method=request.method,
            script=as_wsgi(script),
            query=as_wsgi(query),
            protocol=f"HTTP/{request.version.major}.{request.version.minor}",
            headers=request.raw_headers,
            server=_address(request, "sockname"),
            peer=_address(request, "peername"),
            tls=tls and {name: as_wsgi(value) for name, value in tls.items()},
        )
        if not request.body_exists:
            return await self._run(application, head)
        return await self._with_body(application, request, head)

    async def _run(self, application: "WSGIApplication", received: Received) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        return _response(received, await loop.run_in_executor(self.pool, _guarded, application, received))

    async def _with_body(
        self, application: "WSGIApplication", request: web.BaseRequest, head: Received
    ) -> web.StreamResponse:
        loop, length = asyncio.get_running_loop(), request.content_length
        own = await loop.run_in_executor(self.pool, _longest_body, application, head)
        limit = self.settings.max_body if own is None else min(own, self.settings.max_body)
        # Before anything is read: a device that waits for 100 Continue need not send it at all.
        if (length or 0) > self.settings.max_body:
            raise too_large(self.settings.max_body)
        if (length or 0) > limit or not limit:  # the application says why
            return await self._run(application, replace(head, length=length))
        with self.spool.upload(limit_key(head.peer[0])) as upload:
            await receive(request, upload, limit)
            if upload.size > self.settings.max_body:
                raise too_large(self.settings.max_body)
            upload.file.seek(0)
            whole = upload.size <= limit
            return await self._run(application, replace(head, body=upload.file, length=upload.size if whole else None))


def _longest_body(application: "WSGIApplication", head: Received) -> int | None:
    """Ask an application how long the body of this request may be; one that does not say reads anything."""
    asked = getattr(application, "longest_body", None)
    try:
        return None if asked is None else int(asked(head.environ()))
    except Exception:
        log.exception("%s %s failed", head.method, head.script)
        return 0


def _guarded(application: "WSGIApplication", received: Received) -> Answer:
    try:
        return run(application, received.environ())
    except BaseException:  # the boundary: not even sys.exit() in a script may end the server
        log.exception("%s %s failed", received.method, received.script)
        text = ("Content-Type", "text/plain; charset=utf-8")
        return Answer(500, "Internal Server Error", (text,), b"internal server error\n")


def _response(received: Received, answer: Answer) -> web.Response:
    # Of a HEAD request the application may know the length of a body that it did not make.
    keep_length = received.method == "HEAD" and not answer.body
    headers = [(name, from_wsgi(value)) for name, value in answer.headers if keep_length or name.lower() != _LENGTH]
    headers.append(("Server", SOFTWARE))
    return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=answer.body)


def _allow(request: web.BaseRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise web.HTTPMethodNotAllowed(request.method, methods, text="method not allowed\n")


def _not_found() -> web.HTTPException:
    return web.HTTPNotFound(text="not found\n")


def _tls(request: web.BaseRequest) -> "Mapping[str, str] | None":
    connection: ssl.SSLObject | None = request.get_extra_info("ssl_object")
    return None if connection is None else tls_variables(connection)


def _address(request: web.BaseRequest, side: str) -> tuple[str, int]:
    host, port, *_ = request.get_extra_info(side) or ("", 0)
    return host, port
