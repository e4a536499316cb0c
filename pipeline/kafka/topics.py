"""Create the topics of a layout, and say where existing ones differ from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError, for_code

from pipeline.kafka.clients import ClusterError, admin
from pipeline.kafka.layout import Topic


@dataclass(frozen=True)
class Difference:
    """Where an existing topic is not as the layout has it."""

    what: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.what} is {self.found}, the layout has {self.expected}"


@dataclass(frozen=True)
class Outcome:
    """What became of one topic. Nothing is ever changed in one that exists."""

    topic: Topic
    created: bool
    differences: tuple[Difference, ...] = ()


def create(bootstrap_servers: str, topics: Iterable[Topic]) -> list[Outcome]:
    """Create the topics that are missing, and compare the others.

    Raises `ClusterError` where Kafka does not answer or refuses one of them.
    """
    with admin(bootstrap_servers) as client:
        existing = set(client.list_topics())
        outcomes = []
        for topic in topics:
            if topic.name not in existing and _create(client, topic):
                outcomes.append(Outcome(topic, created=True))
            else:
                outcomes.append(Outcome(topic, created=False, differences=_compare(client, topic)))
        client.wait_for_topics([outcome.topic.name for outcome in outcomes if outcome.created])
        return outcomes


def settings(client: KafkaAdminClient, name: str) -> dict[str, str]:
    """All settings of a topic that are in force, its own and the broker's."""
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    found = client.describe_configs([resource], config_filter="all")["topic"][name]
    return {key: setting["value"] for key, setting in found.items()}


def _create(client: KafkaAdminClient, topic: Topic) -> bool:
    """False where somebody else has created it meanwhile."""
    wanted = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication_factor,
            "configs": dict(topic.settings),
        }
    }
    (answer,) = client.create_topics(wanted, raise_errors=False)["topics"]
    error = for_code(answer["error_code"])
    if error is TopicAlreadyExistsError:
        return False
    if answer["error_code"]:
        raise ClusterError(f"topic {topic.name}: {answer['error_message'] or error.__name__}")
    return True


def _compare(client: KafkaAdminClient, topic: Topic) -> tuple[Difference, ...]:
    partitions = client.describe_topics([topic.name])[0]["partitions"]
    replicas = len(partitions[0]["replica_nodes"])
    found = settings(client, topic.name)
    pairs = [
        ("partitions", str(len(partitions)), str(topic.partitions)),
        ("replication factor", str(replicas), str(topic.replication_factor)),
        *((key, found.get(key, "unset"), value) for key, value in topic.settings.items()),
    ]
    return tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])
