"""Rows, tables and folds of the seller graph."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detectors.api import Fold, Observed, Placed, Row, Table
from detectors.tables import ACCOUNT, IDENTIFIER, LISTING, MONTH, REVIEWER, SELLER
from schemas.events import (
    AccountIdentified,
    AccountRegistered,
    MessageSent,
    ProductListed,
    RelationDeclared,
    micros,
)

EVER = 1 << 62
"""The end of what has not ended."""
SEPARATOR = "\x1f"

REGISTERED, RELATION, MESSAGE = "account.registered", "relation.declared", "message.sent"
IDENTIFIED = "account.identified"
OWNER, EMPLOYEE, PARTNER, REPRESENTATIVE = "owner", "employee", "partner", "representative"
TIE_OF_ROLE = {"seller": OWNER, "staff": EMPLOYEE, "partner": PARTNER, "buyer": ""}

MOVING = frozenset({"address", "device", "phone"})
"""Identifiers that pass from one account to another: a flat, a used telephone, its number."""


class TieRow(Row, frozen=True, tag="graph_tie"):
    """An event that says what an account is to a seller; `tie` is empty for a plain buyer."""

    source: str
    """The event's type."""
    seller_id: str
    tie: str
    until: int = EVER


class SightingRow(Row, frozen=True, tag="graph_sighting"):
    """An account was seen with an identifier."""

    kind: str
    identifier: str


class UserRow(Row, frozen=True, tag="graph_user"):
    """An account that uses an identifier."""

    account_id: str


class Tie(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A `TieRow` with the event it comes from."""

    source: str
    seller_id: str
    tie: str
    until: int
    ts: int
    event_id: str


class PersonRow(Row, frozen=True, tag="graph_person"):
    """An account that is or was tied to sellers, with all that was said of it, sorted by time."""

    account_id: str
    ties: tuple[Tie, ...]


class StaysRow(Row, frozen=True, tag="graph_stays"):
    """When an account that moved on used an identifier: starts and ends in turn."""

    account_id: str
    stays: tuple[int, ...]
    unsure: bool = False
    """It was seen with another on the same day: which of them it came to or left is not known."""


class User(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An account that shares an identifier: first seen with it when, by which event; `stays` as in
    `StaysRow`, empty where it never used another of the kind."""

    account_id: str
    since: int
    event_id: str
    stays: tuple[int, ...] = ()
    unsure: bool = False


class LinkRow(Row, frozen=True, tag="graph_link"):
    """An identifier that a seller's people share with the account whose row it is.

    It holds times, not counts, so that the receiver weighs it as of its own horizon.
    """

    kind: str
    node: str
    """Digest of the identifier."""
    users: tuple[User, ...]
    people: tuple[PersonRow, ...]


class Bond(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One tie of an acting account to a seller: its own (`kind` empty) or through an identifier
    that it shares with `via`, one of the seller's people."""

    kind: str
    node: str
    users: int
    via: str
    tie: str
    weight: float
    """How surely the identifier means that both act as one (probability); 1 where it is its own."""
    tie_weight: float
    """How surely `via` acts for the seller (probability)."""
    evidence: tuple[tuple[str, str, int, str], ...]
    """Event id, type, time and account of the events that show it."""


class Side(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The bonds of an acting account with one seller; `excused` are those through identifiers that
    a known exception covers."""

    seller_id: str
    bonds: tuple[Bond, ...]
    excused: tuple[Bond, ...] = ()


class Act(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A review written or a vote cast by an account that is tied to sellers."""

    actor: str
    marketplace: str
    product_id: str
    review_id: str
    event_id: str
    type: str
    ts: int
    vote: str = ""
    """Empty for a review."""
    rating: int = 0
    """Stars of the review written; 0 for a vote."""
    bought: bool = False
    programme: str = ""
    seller_id: str = ""
    """The seller that the review itself names."""
    reviews: int = 0
    """Reviews that the actor wrote in the time looked at."""


class LinkedActRow(Row, frozen=True, tag="graph_act"):
    """An act with the sellers that its actor was tied to."""

    act: Act
    sides: tuple[Side, ...]


class SellerActRow(Row, frozen=True, tag="graph_seller_act"):
    """An act on a seller's own product or on one that may compete with it."""

    act: Act
    bonds: tuple[Bond, ...]
    own: bool
    owner: str
    """The seller of the product."""
    category: str
    url: str
    stars: int
    """Stars of the review written or voted on."""
    author: str
    """Who wrote the review voted on."""
    sellers: int
    """How many sellers the actor is tied to whom the act may concern."""
    upheld: bool = False
    """The platform removed the review: a report of abuse was right."""
    excused: tuple[Bond, ...] = ()
    """As in `Side`."""


class LeafRow(Row, frozen=True, tag="graph_leaf"):
    """A category leaf in which a seller sells."""

    marketplace: str
    category: str


TIES = Table(ACCOUNT, "ties", TieRow, cap=256, timeless=True, first=True)
SIGHTINGS = Table(ACCOUNT, "sightings", SightingRow, cap=64, timeless=True, first=True)
"""Part: the identifier's type. One sighting each month where identifiers move."""
USERS = Table(IDENTIFIER, "users", UserRow, cap=32, timeless=True, first=True)
PEOPLE = Table(IDENTIFIER, "people", PersonRow, timeless=True)
STAYS = Table(IDENTIFIER, "stays", StaysRow, timeless=True)
LINKS = Table(REVIEWER, "links", LinkRow, timeless=True)
OWN_TIES = Table(REVIEWER, "own_ties", PersonRow, cap=16, timeless=True)
LINKED_ACTS = Table(LISTING, "linked_acts", LinkedActRow, cap=4096)
SELLER_ACTS = Table(SELLER, "seller_acts", SellerActRow, cap=4096)
LEAVES = Table(SELLER, "leaves", LeafRow, cap=512, timeless=True, first=True)


def _ties(
    event: AccountRegistered | RelationDeclared | MessageSent, seen: Observed
) -> Iterable[Placed]:
    if isinstance(event, MessageSent):
        # Whoever writes to buyers in a seller's name acts for it, declared or not.
        if event.direction != "to_buyer" or not event.sender_id:
            return ()
        account, row = event.sender_id, TieRow(MESSAGE, event.seller_id, REPRESENTATIVE)
    elif isinstance(event, RelationDeclared):
        until = EVER if event.until is None else micros(event.until)
        row = TieRow(RELATION, event.seller_id, event.relation, until)
        account = event.account_id
    else:
        tie = TIE_OF_ROLE[event.role]
        row = TieRow(REGISTERED, (event.seller_id or "") if tie else "", tie)
        account = event.account_id
    # What is said again and again is kept once a month, messages once.
    month = 0 if row.source == MESSAGE else seen.ts // MONTH
    element = SEPARATOR.join((row.source, row.seller_id, row.tie, str(row.until), str(month)))
    return ((account, "", element, row),)


def identifier_key(kind: str, identifier: str) -> str:
    """The key of an identifier."""
    return f"{kind}{SEPARATOR}{identifier}"


def _sightings(event: AccountIdentified, seen: Observed) -> Iterable[Placed]:
    kind = event.identifier_type
    month = f"{SEPARATOR}{seen.ts // MONTH}" if kind in MOVING else ""
    element = event.identifier + month
    return ((event.account_id, kind, element, SightingRow(kind, event.identifier)),)


def _users(event: AccountIdentified, _: Observed) -> Iterable[Placed]:
    key = identifier_key(event.identifier_type, event.identifier)
    return ((key, "", event.account_id, UserRow(event.account_id)),)


def leaf(category: str) -> str:
    """A category path as it is compared: without regard to case and spaces around its steps."""
    steps = (step.strip() for step in category.casefold().split("/"))
    return "/".join(step for step in steps if step)


def _leaves(event: ProductListed, _: Observed) -> Iterable[Placed]:
    category = leaf(event.category)
    if not category:
        return ()
    row = LeafRow(event.marketplace, category)
    return ((event.seller_id, "", f"{event.marketplace}{SEPARATOR}{category}", row),)


TIES_OF_ACCOUNT = Fold(TIES, (AccountRegistered, RelationDeclared, MessageSent), _ties)
SIGHTINGS_OF_ACCOUNT = Fold(SIGHTINGS, (AccountIdentified,), _sightings)
USERS_OF_IDENTIFIER = Fold(USERS, (AccountIdentified,), _users)
LEAVES_OF_SELLER = Fold(LEAVES, (ProductListed,), _leaves)
