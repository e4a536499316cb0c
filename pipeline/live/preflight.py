"""Before a worker starts: are the topics there, and do they fit?"""

from __future__ import annotations

from pipeline.config import Config
from pipeline.kafka.clients import ClusterError, admin
from pipeline.live.plan import Plan
from pipeline.live.topics import InternalNames
from pipeline.topology import Topology


def plan(bootstrap_servers: str, config: Config, topology: Topology) -> Plan:
    """The plan for the topics as they are.

    Raises `ClusterError` where Kafka does not answer, a topic is missing, or the internal topics do
    not have the same number of partitions.
    """
    names, internal = config.topics, InternalNames(config.topics, config.live.group)
    own = [internal.deltas, internal.state, internal.lanes]
    counts = partitions(bootstrap_servers, [*names.sources, names.alerts, names.dead_letters, *own])
    if len({counts[topic] for topic in own}) > 1:
        shown = ", ".join(f"{topic} {counts[topic]}" for topic in own)
        raise ClusterError(
            f"The internal topics must have the same number of partitions, but have: {shown}. "
            "Create them again, under a new [live] group, with `starwatch topics create`."
        )
    return Plan(
        topology=topology,
        intake=config.intake,
        cases=config.cases,
        live=config.live,
        internal=internal,
        sources={topic: counts[topic] for topic in names.sources},
        partitions=counts[internal.deltas],
        alerts=names.alerts,
        alert_partitions=counts[names.alerts],
        dead_letters=names.dead_letters,
        dead_letter_partitions=counts[names.dead_letters],
    )


def partitions(bootstrap_servers: str, topics: list[str]) -> dict[str, int]:
    """How many partitions each topic has. Raises `ClusterError` where one is missing."""
    with admin(bootstrap_servers) as client:
        existing = set(client.list_topics())
        missing = [topic for topic in topics if topic not in existing]
        if missing:
            raise ClusterError(
                f"Kafka has no topic {', '.join(missing)}. Run `starwatch topics create` first."
            )
        return {t["name"]: len(t["partitions"]) for t in client.describe_topics(topics)}
