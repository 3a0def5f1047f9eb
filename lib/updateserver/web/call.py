"""The border: from a WSGI environ to a `Call` and a typed request, or to a refusal.

Everything in the environ may be hostile. What passes holds no control characters, and names that become parts of paths
are safe.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from updateserver.base.names import ALLOWED, ALLOWED_TYPES, canonical, is_safe, is_type
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.device.request import BackupUpload, Poll, QueryAnswer, Request, VarDump, variable_name
from updateserver.poll.url import port_of
from updateserver.trust import distinguished_names
from updateserver.trust.addresses import CallOrigin, ProxyHeaders, origin
from updateserver.trust.call import Call, TlsClient
from updateserver.trust.certificate import known_as
from updateserver.web.called_address import called_host, called_script, is_https

Environ = Mapping[str, Any]

_CONTROL = re.compile("[\0-\x1f\x7f]")
_MANY = 100  # arguments
_ADMIN_MODES = ("show", "status", "ui")
_FORWARDED = ("X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_PORT", "FORWARDED")


def arguments(query: str, form: bytes = b"") -> dict[str, str]:
    """Return the arguments of a query string and a form.

    They are named as PHP names them (`device/request.py`). Of an argument given twice the last value counts, at
    the first one's place. A list (`env[]=x`) counts as not given: nothing here takes one.
    """
    fields = _fields(query)
    if form:
        fields += _fields(form.decode("utf-8", "surrogateescape"))
    found: dict[str, str | None] = {}
    for name, value in map(_argument, fields):
        if name.isidentifier():  # nearly every one
            found[name] = value
        elif (known := variable_name(name)).name:
            found[known.name] = None if known.is_list else value
    return {name: value for name, value in found.items() if value is not None}


def _fields(text: str) -> list[str]:
    fields = text.split("&")
    # PHP takes 1000 (max_input_vars); devices send about fifteen.
    if len(fields) > _MANY:
        raise Refusal(400, f"{len(fields)} arguments are more than the {_MANY} that are allowed")
    return fields


def _argument(field: str) -> tuple[str, str]:
    """Return name and value of a field of a query string: the same as `urllib.parse.parse_qsl`, much faster."""
    name, _, value = field.partition("=")
    if "%" in field or "+" in field:
        name, value = (unquote(text.replace("+", " "), errors="surrogateescape") for text in (name, value))
    # A line break would begin a new line of the script (docs/differences.md, 13).
    if not (name.isprintable() and value.isprintable()) and _CONTROL.search(f"{name}{value}"):
        raise Refusal(400, f"argument {_CONTROL.sub('?', name)!r} holds a control character")
    return name, value


def native(environ: Environ, name: str) -> str:
    """Return a CGI variable as text: WSGI hands out bytes as Latin-1, we keep them as UTF-8 with surrogates."""
    value: str = environ.get(name) or ""
    # PEP 3333, "Unicode Issues".
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def request_of(args: Mapping[str, str], config: Config) -> Request:
    """Return what a caller wants."""
    # `show` wins over any mode, as with the reference.
    if "show" in args:
        raise _moved()
    match args.get("mode"):
        case None:
            return _poll(args)
        case "backup":
            return _backup(args)
        case "query":
            return _query(args, config)
        case "vardump":
            return _var_dump(args)
        case mode if mode in _ADMIN_MODES:
            raise _moved()
        case "upload":
            # The reference takes it from anybody, and writes any file with it (docs/differences.md, 6).
            raise Refusal(403, "certificates are uploaded in the user interface: call admin/admin.php instead")
        case mode:
            raise Refusal(400, f"unknown cmd={mode} - exit")


def _moved() -> Refusal:
    return Refusal(404, "for user interface functions, call admin/admin.php instead")


def _poll(args: Mapping[str, str]) -> Poll:
    poll = Poll(args)
    for name in ("sn", "hwid"):
        if args.get(name):
            _safe_name(args, name)
    if not is_type(args.get("type", "")):
        raise Refusal(400, f"type={args['type']!r:.80} is not allowed: expected {ALLOWED_TYPES}")
    return poll


def _backup(args: Mapping[str, str]) -> BackupUpload:
    if "hwid" not in args:
        raise Refusal(400, "need 'hwid' arg for mode=backup, use ?hwid=#h - exit")
    return BackupUpload(_safe_name(args, "hwid"), _safe_name(args, "sn") if "sn" in args else None)


def _query(args: Mapping[str, str], config: Config) -> QueryAnswer:
    if "sn" not in args:
        raise Refusal(400, "need 'sn' arg for mode=query, use ?sn=#m - exit")
    if "id" not in args:
        raise Refusal(400, "need 'id' arg for mode=query, go fix update.php - exit")
    sn, query = _safe_name(args, "sn"), _safe_name(args, "id")
    # The id becomes the name of an element in the state (docs/differences.md, 8).
    if query not in (one.id for one in config.queries.queries):
        raise Refusal(400, f"there is no query '{query}' in the configuration - exit")
    return QueryAnswer(sn, query)


def _var_dump(args: Mapping[str, str]) -> VarDump:
    for name in ("sn", "var", "file"):
        if name not in args:
            raise Refusal(400, f"need '{name}' arg for mode=vardump - exit")
    sn = _safe_name(args, "sn")
    return VarDump(sn, args["var"], args["file"], args.get("proc", ""), args.get("postproc", ""))


def _safe_name(args: Mapping[str, str], name: str) -> str:
    value = canonical(args[name]) if name == "sn" else args[name]
    if not is_safe(value):
        raise Refusal(400, f"{name}={value!r:.80} is not allowed: expected {ALLOWED}")
    return value


def call_of(environ: Environ, config: Config) -> Call:
    """Return where a call came from and by which address."""
    own_tls = is_https(environ)
    script = called_script(native(environ, "SCRIPT_NAME"), native(environ, "PATH_INFO"))
    if _CONTROL.search(script):
        raise Refusal(400, "the address of the script holds a control character")
    folder, _, name = script.rpartition("/")
    came = origin_of(environ, config)
    # TLS may end at a proxy: then the address that devices call begins with https all the same.
    https = own_tls if came.https is None else came.https
    peer, proxy = _shown(environ, came, config.times.proxies)
    host = called_host(environ, https=https, port=came.port)
    return Call(
        host=host,
        folder=f"{folder}/",
        script=name,
        https=https,
        port=environ.get("SERVER_PORT", ""),
        peer=peer,
        proxy=proxy,
        lighttpd=environ.get("SERVER_SOFTWARE", "").lower().startswith("lighttpd"),
        # Without TLS of ours such variables could only be somebody's headers.
        tls=_tls_client(environ) if own_tls else TlsClient(),
        address=came.address,
        is_hidden=came.is_hidden,
        unnamed_proxy=came.unnamed_proxy,
        outer_port="" if came.https is None else came.port or port_of(host) or ("443" if https else "80"),
    )


def origin_of(environ: Environ, config: Config) -> CallOrigin:
    """Return whom a call is judged by."""
    connection = _connection(environ)
    headers = ProxyHeaders(*(environ.get(f"HTTP_{name}", "") for name in _FORWARDED))
    if not config.times.proxies and not any(headers):
        return CallOrigin(connection)  # nearly every poll
    return origin(connection, headers, config.times.proxies)


def _connection(environ: Environ) -> str:
    # Servers that listen on IPv6 name IPv4 callers so (RFC 4291, 2.5.5.2).
    return str(environ.get("REMOTE_ADDR") or "").removeprefix("::ffff:")


def _shown(environ: Environ, came: CallOrigin, proxies: tuple[str, ...]) -> tuple[str, str | None]:
    """Return what is shown as address of the device, and as that of the proxy that it came through.

    Without named proxies it is the first entry, whoever wrote it, as the PHP server shows it.
    """
    connection = _connection(environ)
    if proxies:
        return (connection, None) if came.address == connection else (came.address, connection)
    first = _address((environ.get("HTTP_X_FORWARDED_FOR") or "").partition(",")[0].strip())
    return (first, connection) if first else (connection, None)


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return ""
    return "" if "%" in text else text  # a zone, which could hold any characters


def _tls_client(environ: Environ) -> TlsClient:
    """Return what the web server says about the client's certificate: in variables of its own, never in headers."""
    cn, issuer, subject = native(environ, "SSL_CLIENT_S_DN_CN"), _issuer(environ), _subject(environ)
    if pem := environ.get("SSL_CLIENT_CERT"):
        from updateserver.trust.client_certificate import read_certificate  # noqa: PLC0415 - takes 100 ms to import

        # The certificate itself says more than variables: it is what the handshake has verified.
        certificate = read_certificate(pem)
        if certificate is None or (cn and certificate.cn != cn):
            return TlsClient(cn or None, "FAILED:SSL_CLIENT_CERT is not the certificate of SSL_CLIENT_S_DN_CN")
        if certificate.is_ca:
            return TlsClient(cn or None, "FAILED:it is the certificate of a CA (CA:TRUE), not of a device")
        cn, subject = certificate.cn, certificate.subject
        issuer = issuer or {certificate.issuer, distinguished_names.known_as(certificate.issuer)}
    return TlsClient(cn or None, environ.get("SSL_CLIENT_VERIFY"), frozenset(issuer) if issuer else None, subject)


def _subject(environ: Environ) -> str:
    """Return the certificate's subject as a DN; lighttpd of old gives its attributes only."""
    parts = ("CN", "OU", "O", "L", "ST", "C")
    found = {kind: native(environ, f"SSL_CLIENT_S_DN_{kind}") for kind in parts}
    return native(environ, "SSL_CLIENT_S_DN") or "".join(f"/{kind}={value}" for kind, value in found.items() if value)


def _issuer(environ: Environ) -> set[str]:
    """Return the names under which `@CAname` may list the issuer: its DN, and what it is known as."""
    whole = native(environ, "SSL_CLIENT_I_DN")
    # The maker's first CA has no CN (docs/differences.md, 20).
    parts = tuple((kind, native(environ, f"SSL_CLIENT_I_DN_{kind}")) for kind in ("CN", "OU", "O"))
    return {whole, known_as(parts + distinguished_names.parsed(whole))} - {""}
