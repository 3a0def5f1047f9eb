"""`updateserver fastcgi`: all scripts of an installation as one FastCGI program, in several processes.

This module imports nothing of the program: the processes that serve do, so that they always run what is installed.
"""

import errno
import os
import socket
import stat
from functools import partial
from pathlib import Path

import click

from updateserver.base.io.log_file import write_log
from updateserver.cli.options import log_option, plain_root_option
from updateserver.web.gateway import is_fastcgi
from updateserver.web.processes import keep_working

_FIRST_OF_SYSTEMD = 3  # sd_listen_fds(3)
_BACKLOG = 4096  # calls that wait while all processes are busy, or are being replaced


@click.command()
@click.option("--socket", "address", metavar="PATH|HOST:PORT", help="Listen here (by default, on systemd's socket).")
@click.option("--processes", type=click.IntRange(min=1), default=4, show_default=True, help="Serve so many at once.")
@log_option
@plain_root_option
def fastcgi(address: str | None, processes: int, log_file: Path | None, root: Path) -> None:
    """Serve update, update-migrate, redirect and admin to a web server, by FastCGI.

    Several processes share one socket; one that ends is replaced. SIGTERM ends them all, after the calls that run;
    SIGHUP replaces them all, as after an update of the program. Started by a web server, with the socket as standard
    input, this is only one process: the web server starts as many as it wants.
    """
    write_log(log_file)
    if address is None and is_fastcgi():
        _serve(root, os.getppid())
        return
    try:
        listener = _listener(address, root)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"cannot listen on {address or 'the socket of systemd'}: {error}") from error
    os.dup2(listener.fileno(), 0)
    listener.close()
    keep_working(partial(_serve, root, os.getpid()), processes)


def _serve(root: Path, parent: int) -> None:
    from updateserver.configuration.io.owner import become_owner_of  # noqa: PLC0415 -- in the process that serves only
    from updateserver.web.fastcgi import serve_fastcgi  # noqa: PLC0415
    from updateserver.web.scripts import by_script_name  # noqa: PLC0415

    become_owner_of(root)
    serve_fastcgi(by_script_name(root), parent=parent)


def _listener(address: str | None, root: Path) -> socket.socket:
    if address is None:
        return _from_systemd()
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal():
        return socket.create_server((host.strip("[]"), int(port)), family=_family(host), backlog=_BACKLOG)
    return _unix(Path(address), root)


def _from_systemd() -> socket.socket:
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        raise ValueError("systemd passed none; say --socket")
    return socket.socket(fileno=_FIRST_OF_SYSTEMD)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if host.startswith("[") else socket.AF_INET


def _unix(path: Path, root: Path) -> socket.socket:
    """Listen on a socket that only user and group may use, in place of one that nobody listens on any more."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise ValueError("another program listens there")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o117)
    try:
        _bind(listener, path, root)
    finally:
        os.umask(before)
    listener.listen(_BACKLOG)
    return listener


def _bind(listener: socket.socket, path: Path, root: Path) -> None:
    """Have the socket belong to the installation's user, whose web server else could not call what root started."""
    if os.geteuid() != 0:
        listener.bind(str(path))
        return
    child = os.fork()  # it imports what finds out whose the installation is; the socket is this process's as well
    if child == 0:
        os._exit(_bound_for_owner(listener, path, root))
    if problem := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise OSError(problem, os.strerror(problem))


def _bound_for_owner(listener: socket.socket, path: Path, root: Path) -> int:
    """Do that; return 0, or the number of the error."""
    try:
        from updateserver.configuration.io.owner import bind_for_owner  # noqa: PLC0415 -- in this process only

        bind_for_owner(listener, path, root)
    except OSError as error:
        return error.errno or errno.EIO
    except BaseException:  # noqa: BLE001 -- this process is a copy, and must not go on as one
        return errno.EIO
    return 0
