"""Who a device is: type, serial number, hardware id, address.

Identities are values: making one contacts nobody.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

TYPES = ("IP232", "IP222", "IP111", "IP112", "IP811", "IP0011", "SWPHONE", "MYPBXA")
SOFT_TYPES = frozenset({"SWPHONE", "MYPBXA", "MYPBXI", "IPVA"})

_SN = re.compile(r"[0-9a-f]{2}(-[0-9a-f]{2}){5}")


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """One device: what is not given is derived from type and serial number.

    `sn` as in `00-90-33-30-00-af`, `hwid` as in `IP232-30-00-af`.

    Raises ValueError if the serial number has another form.
    """

    type: str = "IP232"
    sn: str = "00-90-33-30-00-af"
    hwid: str = ""
    ip: str = ""

    def __post_init__(self) -> None:
        if not _SN.fullmatch(self.sn):
            raise ValueError(f"the serial number is {self.sn!r}, not like 00-90-33-30-00-af")
        if not self.hwid:
            object.__setattr__(self, "hwid", f"{self.type}-{self.sn[9:]}")
        if not self.ip:
            object.__setattr__(self, "ip", f"172.16.{int(self.sn[-5:-3], 16)}.{int(self.sn[-2:], 16)}")

    @property
    def soft(self) -> bool:
        """Tell whether this is a program: it has no certificate of the factory."""
        return self.type.upper() in SOFT_TYPES

    @property
    def firmware_file(self) -> str:
        """Name the firmware file: `ip232.bin`."""
        return f"{self._model}.bin"

    @property
    def bootcode_file(self) -> str:
        """Name the boot code file: `boot232.bin`."""
        return f"boot{self._model.removeprefix('ip')}.bin"

    @property
    def _model(self) -> str:
        return self.type.lower().partition("-")[0]

    def fill(self, url: str) -> str:
        """Replace `#m`, `#h`, `#t` and `#i` in a URL by serial number, hardware id, type and address."""
        words = {"#m": self.sn, "#h": self.hwid, "#t": self.type, "#i": self.ip}
        return re.sub(r"#[mhti]", lambda found: words[found[0]], url)


def identities(count: int, types: Sequence[str] = TYPES, first: str = "00-90-33-40-00-01") -> Iterator[DeviceIdentity]:
    """Yield that many identities of mixed types, with serial numbers counted up from the first."""
    number = int(first.replace("-", ""), 16)
    for offset, kind in enumerate(islice(cycle(types), count)):
        yield DeviceIdentity(kind, (number + offset).to_bytes(6, "big").hex("-"))
