"""The three servers of a laptop: nats-server, Valkey and Postgres, run from the wheels that carry them.

Production gives URLs and never comes here. `aisle up`, the tests and the bench do:

    async with embedded(Path(".aisle"), log) as servers:
        servers.nats_url, servers.redis_url, servers.database_url

Each server is a child of this process, keeps its data in its own folder below the data directory, listens on loopback
only, and can be started, stopped, killed and restarted by itself on the port that it has (`servers.postgres.kill()`).

No child outlives its parent. On Linux the kernel tells it when its parent dies, kill -9 included; what is still on its
way out at the next start, or could not be told (macOS), is found by its pid file and ended first.
The parent, to the kernel, is the *thread* that started the child: start servers from a thread that lives as long as
they do.
"""

from __future__ import annotations

from internal.embedded.nats import Nats
from internal.embedded.postgres import Postgres
from internal.embedded.server import Server, ServerFailed
from internal.embedded.servers import Servers, embedded, running
from internal.embedded.valkey import Valkey

__all__ = ["Nats", "Postgres", "Server", "ServerFailed", "Servers", "Valkey", "embedded", "running"]
