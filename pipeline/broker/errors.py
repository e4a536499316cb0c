"""What can go wrong with the embedded broker."""

from __future__ import annotations

from pipeline.errors import StarwatchError


class BrokerError(StarwatchError):
    """The broker cannot be fetched, started or stopped; the message says what to do."""
