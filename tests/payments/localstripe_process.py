"""localstripe itself, on a socket that the test has opened, with nothing left behind in the temporary folder.

Its own start binds every address of the machine and keeps a pickle at a fixed place, which two test runs would share.
"""

from __future__ import annotations

import socket
import sys

from aiohttp import web
from localstripe import resources, server  # type: ignore[import-untyped]  # it has no types

if __name__ == "__main__":
    resources.Store.dump_to_disk = lambda _: None
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        web.run_app(server.app, sock=listening, access_log=None, print=None)
