"""Settings of the live runtime; no Kafka client is imported here."""

from __future__ import annotations

import msgspec


class LiveSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[live]`: how a worker runs."""

    checkpoint_seconds: float = 0.5
    """Shortest time between two checkpoints of a partition (seconds)."""
