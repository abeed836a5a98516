"""The same three servers from their makers' images, where a Docker engine runs (`./taskw test:containers`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy, LogMessageWaitStrategy

__all__ = ["containers"]

_NATS = 'jetstream { store_dir: "/data", sync_interval: always }, max_payload: 8388608'
# The image first starts Postgres on a socket alone, to fill it: only TCP tells that it is ready.
_LISTENS = ["pg_isready", "--host=127.0.0.1", "--username=aisle"]


@contextmanager
def containers() -> Iterator[tuple[str, str, str]]:
    """The URLs of NATS, Valkey and Postgres."""
    nats = (
        DockerContainer("nats:2-alpine", entrypoint="sh")
        .with_command(["-c", f"echo '{_NATS}' > /tmp/nats.conf && exec nats-server -c /tmp/nats.conf"])
        .with_exposed_ports(4222)
        .waiting_for(LogMessageWaitStrategy("Server is ready"))
    )
    valkey = (
        DockerContainer("valkey/valkey:9-alpine")
        .with_command(["valkey-server", "--appendonly", "yes", "--save", ""])
        .with_exposed_ports(6379)
        .waiting_for(LogMessageWaitStrategy("Ready to accept connections"))
    )
    postgres = (
        DockerContainer("postgres:18-alpine")
        .with_env("POSTGRES_USER", "aisle")
        .with_env("POSTGRES_PASSWORD", "aisle")
        .with_env("POSTGRES_DB", "postgres")
        .with_command(["postgres", "-c", "max_connections=500"])
        .with_exposed_ports(5432)
        .waiting_for(ExecWaitStrategy(_LISTENS))
    )
    with ExitStack() as stack:
        started = [stack.enter_context(container) for container in (nats, valkey, postgres)]
        hosts = [
            f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
            for container, port in zip(started, (4222, 6379, 5432), strict=True)
        ]
        yield (
            f"nats://{hosts[0]}",
            f"redis://{hosts[1]}/0",
            f"postgresql://aisle:aisle@{hosts[2]}/postgres",
        )
