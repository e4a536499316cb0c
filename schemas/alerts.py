"""What Starwatch publishes: one alert a case, revised as its evidence changes."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from msgspec import Meta, Struct

Clause: TypeAlias = Literal[
    "self_review",
    "incentive_offer",
    "refund_after_review",
    "review_club",
    "insider_review",
    "paid_change",
    "review_gating",
    "variation_abuse",
    "insert_solicitation",
    "vote_manipulation",
    "change_request",
    "off_platform_contact",
    "review_ring",
]
CLAUSES: tuple[str, ...] = get_args(Clause)
"""The clauses of the policy in its order, and `review_ring`."""

Severity: TypeAlias = Literal["low", "medium", "high", "critical"]
Status: TypeAlias = Literal["open", "withdrawn"]
SubjectType: TypeAlias = Literal["seller", "product", "review", "account", "group"]

Ids: TypeAlias = Annotated[list[str], Meta(extra_json_schema={"uniqueItems": True})]
"""Sorted, each once, bounded in number."""
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Omitted: TypeAlias = Annotated[
    Annotated[int, Meta(ge=1)] | None,
    Meta(description="How many more there are than the list shows."),
]
Time: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC."""


class Subject(Struct, frozen=True, kw_only=True):
    """What a case is about."""

    type: Annotated[SubjectType, Meta(description="What kind of thing.")]
    id: Annotated[str, Meta(description="Its id.")]


class Product(Struct, frozen=True, kw_only=True):
    """A product whose stars are touched."""

    product_id: Annotated[str, Meta(description="The product, in the case's marketplace.")]
    url: Annotated[
        str, Meta(pattern="^https?://", description="Its page, for a report to the marketplace.")
    ]


class Affected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who and what was harmed or merely involved; nothing here is accused."""

    sellers: Annotated[Ids, Meta(description="Sellers: rivals attacked.")]
    reviews: Annotated[Ids, Meta(description="Reviews of honest authors.")]
    accounts: Annotated[Ids, Meta(description="Accounts: buyers written to, honest authors.")]
    sellers_omitted: Omitted = None
    reviews_omitted: Omitted = None
    accounts_omitted: Omitted = None


class Source(Struct, frozen=True, kw_only=True):
    """Where an event was read in Kafka."""

    topic: Annotated[str, Meta(description="The topic.")]
    partition: Annotated[Count, Meta(description="The partition.")]
    offset: Annotated[Count, Meta(description="The offset.")]


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input event that holds the case up."""

    event_id: Annotated[str, Meta(description="The event.")]
    type: Annotated[str, Meta(description="Its type.")]
    occurred_at: Annotated[Time, Meta(description="Its event time, RFC 3339.")]
    detail: Annotated[str, Meta(description="What it shows, for a person.")]
    source: Annotated[Source | None, Meta(description="Where it was read, if known.")] = None


class DetectorRef(Struct, frozen=True, kw_only=True):
    """A detector that found something."""

    name: Annotated[str, Meta(description="Its name in the catalogue.")]
    version: Annotated[str, Meta(description="Its version.")]
    fingerprint: Annotated[
        str, Meta(description="Hash of its logic (version), thresholds and data files.")
    ]


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A revision of a case: one clause and one subject."""

    schema_version: Annotated[Literal[1], Meta(description="Version of this schema.")]
    case_id: Annotated[
        str, Meta(description="The same for the same clause, subject and marketplace.")
    ]
    revision: Annotated[Count, Meta(description="Grows with each change.")]
    status: Annotated[Status, Meta(description="Withdrawn: the evidence no longer holds.")]
    clause: Annotated[Clause, Meta(description="The clause of the policy.")]
    severity: Annotated[Severity, Meta(description="How urgent: from score and harm.")]
    score: Annotated[
        float, Meta(ge=0, le=1, description="Probability of a violation, rounded to 0.01.")
    ]
    marketplace: Annotated[str, Meta(description="The marketplace.")]
    subject: Annotated[Subject, Meta(description="What the case is about.")]
    sellers: Annotated[Ids, Meta(description="The sellers accused.")]
    products: Annotated[
        list[Product], Meta(description="Every product whose stars are touched, sorted by id.")
    ]
    reviews: Annotated[Ids, Meta(description="The reviews accused, or done something to.")]
    accounts: Annotated[Ids, Meta(description="The accounts accused.")]
    messages: Annotated[Ids, Meta(description="The messages accused.")]
    affected: Annotated[Affected, Meta(description="Who and what was harmed or involved.")]
    explanation: Annotated[str, Meta(description="A few sentences a person can act on.")]
    evidence: Annotated[list[Evidence], Meta(description="The most telling first.")]
    first_event_at: Annotated[Time, Meta(description="Event time of the first act, RFC 3339.")]
    last_event_at: Annotated[Time, Meta(description="Event time of the last act, RFC 3339.")]
    detectors: Annotated[list[DetectorRef], Meta(description="What found it.")]
    sellers_omitted: Omitted = None
    products_omitted: Omitted = None
    reviews_omitted: Omitted = None
    accounts_omitted: Omitted = None
    messages_omitted: Omitted = None
    evidence_omitted: Omitted = None
