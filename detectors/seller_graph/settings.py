"""Thresholds of the seller graph."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from detectors.api import Settings

Weight: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Probability: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]


class GraphSettings(Settings, frozen=True):
    """`[detectors.seller_graph]`"""

    tax_id: Weight = 0.97
    """How surely two accounts with one tax id act as one (probability). Why: one tax id is one
    taxpayer, but for typing errors."""
    bank_account: Weight = 0.95
    """The same for a bank account (probability). Why: couples and clubs share accounts now and
    then."""
    payment_card: Weight = 0.9
    """The same for a payment card (probability). Why: families and companies share cards more often
    than accounts."""
    device: Weight = 0.8
    """The same for a device (probability). Why: families share, and used devices are sold."""
    phone: Weight = 0.75
    """The same for a telephone number (probability). Why: numbers are handed on after some
    months."""
    email: Weight = 0.75
    """The same for an e-mail address (probability). Why: addresses of families and offices are
    shared."""
    address: Weight = 0.65
    """The same for a postal address, as members of one household (probability). Why: neighbours in
    one house and former tenants share it."""
    ip: Weight = 0.25
    """The same for a network address (probability). Why: alone it proves nothing: carriers, offices
    and cafés share it."""
    declared: Probability = 0.97
    """How surely an account acts for the seller that it is declared to belong to (probability).
    Why: registers are right nearly always, though not always up to date."""
    grace_days: Annotated[float, Meta(ge=0)] = 30.0
    """How long after an act its actor's tie or address may become known and still count in full;
    also how long a device or number may lie unused between two accounts that still act as one (days
    of event time). Why: registration and payroll lag behind a hiring by weeks; a drawer keeps an
    old telephone about as long."""
    min_link: Probability = 0.3
    """From which combined weight a tie is looked at at all (probability). Why: weaker ties never
    reach `report_from`, whatever the account does."""
    report_from: Probability = 0.5
    """From which probability an act is named (probability). Why: an act is named when it is
    likelier than not."""
