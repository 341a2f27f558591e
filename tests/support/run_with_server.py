#!/usr/bin/python3
"""run_with_server.py COMMAND…: runs it beside a server with a small office, for tests that are not
in Python. Sets HOTLINE_ADDRESS, HOTLINE_CERTS, and HOTLINE_NOW, the office time (RFC 3339)."""
import os
import subprocess
import sys

from hotline_server import CERTS, Server

if __name__ == "__main__":
    with Server(start="2026-03-09T10:00:00+08:00") as server:
        server.found_office()
        environment = dict(os.environ, HOTLINE_ADDRESS=f"127.0.0.1:{server.port}",
                           HOTLINE_CERTS=CERTS, HOTLINE_NOW=server.now().ToJsonString())
        code = subprocess.run(sys.argv[1:], env=environment).returncode
        if code != 0:
            sys.stderr.write(server.tail())
    sys.exit(code)
