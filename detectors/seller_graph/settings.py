"""Thresholds of the seller graph."""

from __future__ import annotations

from detectors.api import Settings


class GraphSettings(Settings, frozen=True):
    """`[detectors.seller_graph]`"""

    tax_id: float = 0.97
    """How surely two accounts with one tax id act as one (probability)."""
    bank_account: float = 0.95
    """The same for a bank account (probability)."""
    payment_card: float = 0.9
    """The same for a payment card (probability)."""
    device: float = 0.8
    """The same for a device (probability)."""
    phone: float = 0.75
    """The same for a telephone number (probability)."""
    email: float = 0.75
    """The same for an e-mail address (probability)."""
    address: float = 0.65
    """The same for a postal address, as members of one household (probability)."""
    ip: float = 0.25
    """The same for a network address (probability)."""
    declared: float = 0.97
    """How surely an account acts for the seller that it is declared to belong to (probability)."""
    grace_days: float = 30.0
    """How long after an act its actor's tie or address may become known and still count in full;
    also how long a device or number may lie unused between two accounts that still act as one
    (days of event time)."""
    min_link: float = 0.3
    """From which combined weight a tie is looked at at all (probability)."""
    report_from: float = 0.5
    """From which probability an act is named (probability)."""
