"""What can go wrong with the embedded broker, told in one line."""

from __future__ import annotations


class BrokerError(Exception):
    """The broker cannot be fetched, started or stopped; the message says what to do."""
