"""The layout of topics, and creating them."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.kafka import topics
from pipeline.kafka.clients import ClusterError, admin
from pipeline.kafka.layout import InternalTopic, Topic, TopicNames, layout
from schemas.events import RECORD_BYTES, TOPICS

INTERNAL = [InternalTopic("state", "state", partitions=2), InternalTopic("stream", "stream")]


def by_name(names: TopicNames, **settings: float) -> dict[str, Topic]:
    return {t.name: t for t in layout(names, INTERNAL, partitions=4, **settings)}  # type: ignore[arg-type]


def test_events_are_kept_for_ever_unless_said_otherwise() -> None:
    kept, bounded = by_name(TopicNames()), by_name(TopicNames(), retention_days=30)
    for topic in (*TOPICS, "dead-letters"):
        assert kept[topic].settings["retention.ms"] == "-1"
        assert bounded[topic].settings["retention.ms"] == str(30 * 86_400_000)
        assert kept[topic].settings["cleanup.policy"] == "delete"
    for topic in ("alerts", "state"):
        assert bounded[topic].settings["cleanup.policy"] == "compact"


def test_events_carry_event_time_and_the_rest_the_time_of_appending() -> None:
    kinds = {n: t.settings["message.timestamp.type"] for n, t in by_name(TopicNames()).items()}
    assert {n for n, kind in kinds.items() if kind == "CreateTime"} == set(TOPICS)
    assert {n for n, kind in kinds.items() if kind == "LogAppendTime"} == {
        "dead-letters",
        "alerts",
        "state",
        "stream",
    }


def test_record_sizes_leave_room_for_the_batch_around_the_record() -> None:
    sizes = {n: int(t.settings["max.message.bytes"]) for n, t in by_name(TopicNames()).items()}
    assert all(RECORD_BYTES < sizes[topic] < 2 * RECORD_BYTES for topic in TOPICS)
    assert all(size > 4 << 20 for name, size in sizes.items() if name not in TOPICS)


def test_partitions_and_replicas() -> None:
    found = by_name(TopicNames(), replication_factor=3)
    assert {n: t.partitions for n, t in found.items() if t.partitions != 4} == {"state": 2}
    assert {t.settings["min.insync.replicas"] for t in found.values()} == {"2"}
    assert {t.settings["min.insync.replicas"] for t in by_name(TopicNames()).values()} == {"1"}


def test_names_are_configurable() -> None:
    names = msgspec.convert(
        {"prefix": "eu.", "names": {"seller-messages": "messages"}}, type=TopicNames
    )
    assert names.sources[2] == "eu.messages"
    assert (names.alerts, names.dead_letters) == ("eu.alerts", "eu.dead-letters")
    assert set(by_name(names)) >= {"eu.state", "eu.reviews"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"names": {"reviws": "x"}}, "no topic 'reviws' to name: known are reviews"),
        ({"prefix": "a b"}, "'a breviews' is no name for a topic"),
        ({"names": {"reviews": ""}}, "'' is no name"),
        ({"prefix": "x" * 245}, "up to 249"),
        ({"names": {"reviews": "votes"}}, "two topics have the same name"),
        ({"prefixx": "a"}, "unknown field"),
    ],
)
def test_names_that_cannot_be(settings: dict[str, object], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(settings, type=TopicNames)


def test_creating_twice_changes_nothing_and_says_where_a_topic_differs(
    kafka: str, names: TopicNames
) -> None:
    wanted = layout(names, INTERNAL, partitions=3)
    assert [o.created for o in topics.create(kafka, wanted)] == [True] * len(wanted)
    again = topics.create(kafka, wanted)
    assert not any(o.created or o.differences for o in again)

    other = layout(names, INTERNAL, partitions=5, retention_days=1)
    differences = {o.topic.name: list(map(str, o.differences)) for o in topics.create(kafka, other)}
    assert differences[names.actual("votes")] == [
        "partitions is 3, the layout has 5",
        "retention.ms is -1, the layout has 86400000",
    ]
    assert differences[names.alerts] == ["partitions is 3, the layout has 5"]
    assert differences[names.actual("state")] == []
    assert not any(o.differences for o in topics.create(kafka, wanted))


def test_settings_reach_the_broker(kafka: str, created: TopicNames) -> None:
    with admin(kafka) as client:
        for topic in layout(created, partitions=3):
            found = topics.settings(client, topic.name)
            assert {key: found[key] for key in topic.settings} == topic.settings


def test_what_the_broker_refuses_is_told_with_the_topic(kafka: str, names: TopicNames) -> None:
    with pytest.raises(ClusterError, match=rf"topic {names.prefix}reviews: .*replicat"):
        topics.create(kafka, layout(names, partitions=1, replication_factor=3))
