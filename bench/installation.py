"""The installation that is measured: 2 phases, 4 environments, 6 snippets, state, backup, two queries."""

import cProfile
import io
import os
import pstats
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "lib"))

_CONFIGURATION = """<config>
<master info="none" firmware="130986" bootcode="130112"/>
<status dir="status"/>
<backup dir="backup"/>
<phases><phase id="staging" seq="100"/></phases>
<environments>
  <environment id="intranet"/><environment id="berlin"><implies>intranet</implies></environment>
  <environment id="homeoffice"/>
</environments>
<queries><query id="admin"><applies>*</applies></query><query id="certificates"><applies>*</applies></query></queries>
</config>"""
_SNIPPETS = (
    "all-all-all",
    "update-all-all",
    "update-phone-berlin",
    "update-phone-intranet",
    "update-ip232-berlin",
    "update-phone_newui-all",
)
_COMMAND = "config add PHONE SIG /coder OPUS-WB,20,k1 /gk-addr pbx.example.com /gk-id example.com\r\n"
_POLL = "type=IP232&sn={sn}&hwid=IP232-{tail}&ip=172.16.0.20&phase=update&polling=0&env=berlin&PROT=130986&BOOT=130112"
_HELLO = """
body = b"x"

def application(environ, start_response):
    size = (ROOT / "size").read_text() if len(body) == 1 else ""
    if size:
        globals()["body"] = b"x" * int(size)
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    headers += [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    start_response("200 OK", headers)
    return [body]
"""
_PLAIN_FLUP = """
from flup.server.fcgi_single import WSGIServer

from update import application

WSGIServer(application).run()
"""


@dataclass(frozen=True)
class Case:
    """A kind of poll."""

    name: str
    check: str  # what the device says that it ran
    devices: int
    folder: Path

    def identity(self, number: int) -> tuple[str, str]:
        """Return a device's serial number, and the end of its hardware id."""
        tail = f"{number >> 16 & 255:02x}-{number >> 8 & 255:02x}-{number & 255:02x}"
        return f"00-90-33-{tail}", tail

    def query(self, number: int) -> str:
        sn, tail = self.identity(number)
        query = _POLL.format(sn=sn, tail=tail)
        return f"{query}&CHECK={self.check}" if self.check else query

    def answer(self, installation: "Installation") -> bytes:
        return installation.poll(self.query(0))

    def load_script(self, path: str) -> str:
        """Write the script that has wrk call for one device after the other."""
        queries = ",\n".join(f'"{path}?{self.query(number)}"' for number in range(self.devices))
        script = self.folder / "load.lua"
        script.write_text(
            f"local urls = {{\n{queries}}}\nlocal n = 0\n"
            "request = function() n = n % #urls + 1; return wrk.format('GET', urls[n]) end\n"
        )
        return str(script)


def _ignored(*_: object) -> None:
    """Take what an answer begins with."""


class Installation:
    """The installation in `folder`/site, and a hello beside it in `folder`/hello."""

    def __init__(self, folder: Path, devices: int) -> None:
        self.folder = folder
        self._make_site()
        self._make_hello()
        from updateserver.web.update import UpdateApplication  # noqa: PLC0415 - its folder is there only now

        self._application = UpdateApplication(folder / "site")
        whole = Case("delivery of 6 snippets", "", devices, folder)
        signature = re.search(rb"check ser (\w+)", whole.answer(self))
        checked = Case("last phase, nothing new", signature[1].decode(), devices, folder)
        self.cases = (checked, whole)
        self._make_known(checked)

    def poll(self, query: str) -> bytes:
        """Answer a poll in this process."""
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "/mtls/update/update.php",
            "QUERY_STRING": query,
            "HTTP_HOST": "update.example.com",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "192.0.2.7",
            "SERVER_SOFTWARE": "lighttpd/1.4.69",
            "wsgi.input": io.BytesIO(),
        }
        return b"".join(self._application(environ, _ignored))

    def say_hello(self, size: int) -> None:
        (self.folder / "hello/size").write_text(str(size))

    def profile(self) -> None:
        """Print where the time of polls goes, and the system calls of one."""
        case = self.cases[0]
        queries = [case.query(number) for number in range(min(case.devices, 1000))]
        for query in queries:
            self.poll(query)
        begin = time.perf_counter()
        for query in queries:
            self.poll(query)
        print(f"one poll: {(time.perf_counter() - begin) / len(queries) * 1e6:.0f} µs\n")
        profile = cProfile.Profile()
        profile.enable()
        for query in queries:
            self.poll(query)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        self._trace(case)

    def _trace(self, case: Case) -> None:
        if not shutil.which("strace"):
            print("apt-get install strace to see the system calls of one poll")
            return
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\nfrom pathlib import Path\n"
            "from installation import Installation\n"
            "i = Installation.__new__(Installation); i.folder = Path(sys.argv[2])\n"
            "from updateserver.web.update import UpdateApplication\n"
            "i._application = UpdateApplication(i.folder / 'site'); i.poll(sys.argv[3]); i.poll(sys.argv[3])\n"
            "import os; os.getppid(); i.poll(sys.argv[3]); os.getppid()\n"
        )
        log = self.folder / "trace"
        command = ["strace", "-f", "-o", str(log), sys.executable, "-c", code, str(PROJECT / "bench"), str(self.folder)]
        subprocess.run([*command, case.query(0)], check=True)
        calls = log.read_text().split("getppid()")[1].splitlines()[1:-1]
        print("system calls of one poll:")
        for call in calls:
            print("  " + call.partition(" ")[2].strip()[:150].replace(str(self.folder / "site") + "/", ""))

    def _make_site(self) -> None:
        site = self._root("site", (PROJECT / "update.py").read_text())
        shutil.copy(PROJECT / "config.xml", site)
        (site / "config").mkdir()
        (site / "config/user-config.xml").write_text(_CONFIGURATION)
        (site / "scripts").mkdir()
        for name in _SNIPPETS:
            (site / "scripts" / f"{name}.txt").write_text(f"# {name}\r\n" + _COMMAND * 10)
        before = time.time() - 3600  # what was changed just now is read anew each time
        for path in (site, *site.rglob("*")):
            if "lib" not in path.parts:
                os.utime(path, (before, before))

    def _make_hello(self) -> None:
        head = (PROJECT / "update.py").read_text().partition("from updateserver.web.update")[0]
        tail = '\nif __name__ == "__main__":\n    serve(application)\n'
        self._root("hello", head + _HELLO + tail)

    def _make_known(self, case: Case) -> None:
        """Give each device the state of one that has called twice: what remains of a log after `status/@logkeep`.

        That is half an hour, and devices call every 15 minutes.
        """
        one, tail = case.identity(0)
        for _ in range(2):
            self.poll(case.query(0))
        folder = self.folder / "site/status"
        state = (folder / f"{one}.xml").read_text()
        for number in range(1, case.devices):
            other, other_tail = case.identity(number)
            (folder / f"{other}.xml").write_text(state.replace(one, other).replace(tail, other_tail))

    def _root(self, name: str, script: str) -> Path:
        root = self.folder / name
        root.mkdir()
        (root / "lib").symlink_to(PROJECT / "lib")
        (root / "update.py").write_text(script)
        (root / "plain_flup.py").write_text(_PLAIN_FLUP)
        return root
