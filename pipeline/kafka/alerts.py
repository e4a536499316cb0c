"""Read the topic of alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

import msgspec
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.kafka import reading
from pipeline.kafka.clients import consumer
from schemas.alerts import Alert

_FOLLOW_MS = 500


T = TypeVar("T")


class Head(msgspec.Struct, frozen=True):
    """What an export needs to know of an alert: it carries the rest along as it is."""

    case_id: str
    revision: int


_decode_head = msgspec.json.Decoder(Head).decode
_decode_alert = msgspec.json.Decoder(Alert).decode

Odd: TypeAlias = Callable[[str], None]
"""Hears of a record that is no alert; it is left out."""


def latest(bootstrap_servers: str, topic: str, odd: Odd) -> list[bytes]:
    """The latest revision of every case as of now, withdrawn ones included: one JSON text each,
    without line breaks, sorted by `case_id`.

    Raises `ClusterError` where Kafka or the topic is not there.
    """
    newest: dict[str, tuple[int, bytes]] = {}
    with consumer(bootstrap_servers) as client:
        for record in reading.to_the_end(client, reading.assign(client, topic)):
            if record.value is None:  # a tombstone: nobody is to know of the case any more
                newest.pop(record.key.decode(), None)
            elif found := _read(record, _decode_head, odd):
                head, text = found
                if head.case_id not in newest or newest[head.case_id][0] <= head.revision:
                    newest[head.case_id] = (head.revision, text)
    return [text for _, (_, text) in sorted(newest.items())]


def follow(
    bootstrap_servers: str,
    topic: str,
    odd: Odd,
    *,
    from_beginning: bool,
    until: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Alert, bytes]]:
    """Every alert as it is published and its JSON on one line, until `until` says so; first all
    that are there if `from_beginning`. Errors as in `latest`."""
    with consumer(bootstrap_servers) as client:
        partitions = reading.assign(client, topic)
        if not from_beginning:
            client.seek_to_end(*partitions)
        while not until():
            for batch in client.poll(_FOLLOW_MS).values():
                for record in batch:
                    if record.value is not None and (found := _read(record, _decode_alert, odd)):
                        yield found


def _read(record: ConsumerRecord, decode: Callable[[bytes], T], odd: Odd) -> tuple[T, bytes] | None:
    """A record decoded, and its JSON on one line."""
    try:
        return decode(record.value), msgspec.json.format(record.value, indent=-1)
    except msgspec.DecodeError as error:
        where = f"{record.topic}[{record.partition}] at offset {record.offset}"
        odd(f"{where} is no alert that this version knows, and is left out: {error}")
        return None
