"""Connections to Kafka that fail soon and say what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError, KafkaTimeoutError

from pipeline.errors import StarwatchError

_BOOTSTRAP_MS = 8_000


class ClusterError(StarwatchError):
    """Kafka cannot be reached, or refused; the message says where and what to do."""


def unreachable(bootstrap_servers: str) -> ClusterError:
    """The one message for a broker that does not answer."""
    return ClusterError(
        f"No Kafka answers at {bootstrap_servers}. Start one with `starwatch kafka start`, or name "
        "another with --bootstrap-servers."
    )


def servers(bootstrap_servers: str) -> list[str]:
    """The addresses in a comma-separated list, as clients take them."""
    found = [one.strip() for one in bootstrap_servers.split(",")]
    for one in found:
        host, _, port = one.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise ClusterError(
                f"--bootstrap-servers: {one!r} is no address: write host:port, several with commas."
            )
    return found


@contextlib.contextmanager
def admin(bootstrap_servers: str) -> Iterator[KafkaAdminClient]:
    """A client for topics. Every error of Kafka inside becomes a `ClusterError`."""
    with _told(bootstrap_servers):
        addresses = servers(bootstrap_servers)
        try:
            client = KafkaAdminClient(
                bootstrap_servers=addresses, bootstrap_timeout_ms=_BOOTSTRAP_MS
            )
        except KafkaTimeoutError:
            raise unreachable(bootstrap_servers) from None
        with client:
            yield client


@contextlib.contextmanager
def consumer(bootstrap_servers: str, **settings: Any) -> Iterator[KafkaConsumer]:
    """A consumer without a group that sees committed records only; errors as in `admin`."""
    with _told(bootstrap_servers):
        addresses = servers(bootstrap_servers)
        try:
            client = KafkaConsumer(
                bootstrap_servers=addresses,
                bootstrap_timeout_ms=_BOOTSTRAP_MS,
                group_id=None,
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                **settings,
            )
        except KafkaTimeoutError:
            raise unreachable(bootstrap_servers) from None
        try:
            yield client
        finally:
            client.close(autocommit=False)


@contextlib.contextmanager
def _told(bootstrap_servers: str) -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise ClusterError(f"Kafka at {bootstrap_servers}: {error}") from error
