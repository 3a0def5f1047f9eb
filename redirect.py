#!/usr/bin/env python3
"""Where devices ask for their update server: a CGI or FastCGI program; `application` is the same for WSGI servers."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "lib"))

from updateserver.web.gateway import serve  # noqa: E402
from updateserver.web.redirect import RedirectApplication  # noqa: E402

application = RedirectApplication(ROOT)

if __name__ == "__main__":
    serve(application)
