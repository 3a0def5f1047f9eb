#!/usr/bin/env python3
"""What devices poll and upload to, as a CGI or FastCGI program; `application` is the same for WSGI servers."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "lib"))

from updateserver.web.gateway import serve  # noqa: E402
from updateserver.web.update import UpdateApplication  # noqa: E402

application = UpdateApplication(ROOT)

if __name__ == "__main__":
    serve(application)
