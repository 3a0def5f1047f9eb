#!/usr/bin/env python3
"""Sends the devices of this installation to another one.

Set NEW_SERVER to the new installation, such as "https://update.example.com/mtls/update/". A device whose Command File
URL names update-migrate.py (or .php) in place of update.py is then redirected there, its arguments unchanged. When that
works for one device: rename update.py to update-old.py and this file to update.py, and all devices follow.
"""

import sys
from pathlib import Path

NEW_SERVER = ""  # "" the update script of this installation

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "lib"))

from updateserver.web.gateway import serve  # noqa: E402
from updateserver.web.migrate import MigrateApplication  # noqa: E402

application = MigrateApplication(NEW_SERVER)

if __name__ == "__main__":
    serve(application)
