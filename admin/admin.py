#!/usr/bin/env python3
"""The admin's pages, as a CGI or FastCGI program; `application` is the same for WSGI servers."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from updateserver.web.admin import AdminApplication  # noqa: E402
from updateserver.web.gateway import serve  # noqa: E402

application = AdminApplication(ROOT)

if __name__ == "__main__":
    serve(application)
