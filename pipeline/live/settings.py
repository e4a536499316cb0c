"""Settings of the live runtime; no Kafka client is imported here."""

from __future__ import annotations

from typing import Literal

import msgspec

from detectors.api import DAY


class LiveSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[live]`: how a worker runs."""

    group: str = "starwatch"
    """Name of the consumer group and of its internal topics; `topics.prefix` is put before it.
    Workers of one group share the work; another group starts again from the first event."""
    checkpoint_seconds: float = 0.5
    """Shortest time between two checkpoints of a partition (seconds)."""
    checkpoint_max_seconds: float = 5.0
    """Longest time between two checkpoints of a partition that has much to read (seconds)."""
    judge_max_seconds: float = 30.0
    """Longest time that changed keys wait to be judged while there is much to read (seconds). A key
    that changes often is judged once for many changes, so that history is caught up with sooner."""
    checkpoint_events: int = 50_000
    """Events and rows derived from them after which a partition is checkpointed, whatever the time
    (count)."""
    session_seconds: float = 10.0
    """How long a worker may be silent before the others take its partitions over (seconds)."""
    state: Literal["memory", "disk"] = "memory"
    """Where a worker keeps the keys of its partitions. Why: on `disk` state may be larger than
    memory; an event costs more. Kafka holds the state either way."""
    hot_keys: int = 50_000
    """With `state = "disk"`: how many keys of a partition stay in memory as well, those that
    changed last (keys). What one checkpoint changes comes on top."""
    folder: str = ""
    """Where a worker makes a folder of its own, deleted at its end; empty: where the system keeps
    temporary files. With `state = "disk"` it needs room for the state."""
    watermark_step_hours: float = 24.0
    """How far a watermark moves before others are told (hours of event time). State is kept that
    much longer."""
    max_skew_days: float = 30.0
    """How far a partition may run ahead of the slowest one that a worker reads (days of event
    time). Bounds the state kept while history is caught up with."""
    http_port: int = 0
    """Where a worker answers `/metrics` (for Prometheus), `/live` and `/ready`; 0: nowhere. Workers
    on one machine need one each: `starwatch worker --http-port`."""
    http_host: str = "127.0.0.1"
    """The address that it answers on; `0.0.0.0` for all."""
    stall_seconds: float = 120.0
    """After how long without a checkpoint, where there is something to do, a worker is no longer
    `/live` (seconds)."""

    def __post_init__(self) -> None:
        if not self.group:
            raise ValueError("the group needs a name")
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if not isinstance(value, str) and value <= 0 and field != "http_port":
                raise ValueError(f"{field} must be more than 0, found {value}")
        if not 0 <= self.http_port < 65_536:
            raise ValueError(f"http_port must be 0 to 65535, found {self.http_port}")
        if self.checkpoint_max_seconds < self.checkpoint_seconds:
            raise ValueError("checkpoint_max_seconds must be at least checkpoint_seconds")

    @property
    def watermark_step(self) -> int:
        """`watermark_step_hours` in microseconds."""
        return round(self.watermark_step_hours * DAY / 24)

    @property
    def max_skew(self) -> int:
        """`max_skew_days` in microseconds."""
        return round(self.max_skew_days * DAY)
