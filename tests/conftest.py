"""What several parts of the suite share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The address of a real Kafka, started for the first test that asks and stopped at the end.

    Tests share it: each uses topics of its own, as with `pipeline.kafka.layout.TopicNames`'
    prefix.
    """
    from pipeline import broker  # only where Kafka is wanted: its client takes a moment to import

    with broker.start(port=0, ephemeral=True) as running:
        yield running.bootstrap_servers
