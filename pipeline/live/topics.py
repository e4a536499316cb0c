"""The topics that only workers write and read.

| topic | holds | partition |
|---|---|---|
| `<group>-deltas` | frames of deltas, and watermarks, on their way to lanes | CRC-32 of the key |
| `<group>-state` | what a lane has joined, a record for each sub-key | the lane's number |
| `<group>-lanes` | where a lane stands, a record for each | the lane's number |

All three have the same number of partitions. They do not depend on the detectors: one that is added
or taken away needs no topic and leaves the assignment of partitions as it is.
"""

from __future__ import annotations

from pipeline.kafka.layout import InternalTopic, TopicNames


class InternalNames:
    """What the internal topics of a group, and the group, are called in this Kafka."""

    def __init__(self, names: TopicNames, group: str) -> None:
        self.group = names.actual(group)
        self.deltas, self.state, self.lanes = (
            names.actual(topic.name) for topic in internal_topics(group)
        )


def internal_topics(group: str) -> list[InternalTopic]:
    """The internal topics of a group, for the layout."""
    return [
        InternalTopic(f"{group}-deltas", "stream"),
        InternalTopic(f"{group}-state", "state"),
        InternalTopic(f"{group}-lanes", "state"),
    ]
