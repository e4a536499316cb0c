"""The events Starwatch reads: one frozen Struct a type, as the contract's tables have them.

The Structs are the only definition. The decoder (`schemas.decode`), the JSON Schemas and the
AsyncAPI document (`schemas.export`) are all derived from the fields, bounds and descriptions here.
An optional field that is absent or `null` is None, except `marketplace`, which has a default.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

RECORD_BYTES = 1 << 20
"""The longest record: 1 MiB."""

DEFAULT_MARKETPLACE = "amazon.se"

RFC_3339 = (
    r"^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""A time with an offset that datetime can hold: no year 0, no hour 24, no leap second."""

# Shapes. Lengths count code points. The contract bounds ids, titles and texts; the other caps are
# far above any real value and only keep one field from filling a record.
Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
Name: TypeAlias = Annotated[str, Meta(max_length=1_000)]
LongText: TypeAlias = Annotated[str, Meta(max_length=20_000)]
Url: TypeAlias = Annotated[str, Meta(max_length=8_192)]
Hash: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1_000)]
Time: TypeAlias = Annotated[datetime, Meta(tz=True, extra_json_schema={"pattern": RFC_3339})]
Money: TypeAlias = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
Attributes: TypeAlias = Annotated[dict[Name, LongText], Meta(max_length=10_000)]

# Fields that several events share.
ReviewId: TypeAlias = Annotated[Id, Meta(description="The review.")]
ProductId: TypeAlias = Annotated[Id, Meta(description="The product, in its marketplace.")]
ReviewerId: TypeAlias = Annotated[Id, Meta(description="The account that wrote the review.")]
VoterId: TypeAlias = Annotated[Id, Meta(description="The account that votes.")]
SellerId: TypeAlias = Annotated[Id, Meta(description="The seller, the same in every marketplace.")]
BuyerId: TypeAlias = Annotated[Id, Meta(description="The account that buys.")]
AccountId: TypeAlias = Annotated[
    Id, Meta(description="The account, the same in every marketplace.")
]
OrderId: TypeAlias = Annotated[Id, Meta(description="The order.")]
ParentId: TypeAlias = Annotated[Id, Meta(description="The product that groups the variations.")]
Rating: TypeAlias = Annotated[int, Meta(ge=1, le=5, description="Stars, an integer.")]
ReviewTitle: TypeAlias = Annotated[Name | None, Meta(description="Headline of the review.")]
ReviewText: TypeAlias = Annotated[LongText | None, Meta(description="Body of the review.")]
Lang: TypeAlias = Annotated[Name | None, Meta(description="Language of the text, BCP 47.")]
Currency: TypeAlias = Annotated[Name, Meta(description="Currency of the amounts, ISO 4217.")]
Theme: TypeAlias = Annotated[
    Name | None, Meta(description="What the variations differ in: color, size and so on.")
]
IdentifierType: TypeAlias = Literal[
    "device", "ip", "address", "payment_card", "bank_account", "phone", "email", "tax_id"
]
Vote: TypeAlias = Annotated[
    Literal["helpful", "not_helpful", "report_abuse"],
    Meta(description="What the voter says of the review."),
]


class Event(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What every event has."""

    event_id: Annotated[
        Id,
        Meta(description="Unique; a second event with the same id changes nothing."),
    ]
    occurred_at: Annotated[
        Time,
        Meta(
            description="Event time, RFC 3339 with offset; digits beyond microseconds are cut off."
        ),
    ]
    marketplace: Annotated[
        Id, Meta(description="The marketplace that products, reviews and orders belong to.")
    ] = DEFAULT_MARKETPLACE

    @property
    def type(self) -> str:
        """The type's name in the contract, such as `review.posted`."""
        return str(self.__struct_config__.tag)


class ReviewPosted(Event, frozen=True, kw_only=True, tag="review.posted"):
    """A review appears on a product's page."""

    review_id: ReviewId
    product_id: ProductId
    reviewer_id: ReviewerId
    rating: Rating
    title: ReviewTitle = None
    text: ReviewText = None
    lang: Lang = None
    verified_purchase: Annotated[
        bool | None, Meta(description="Whether the marketplace knows of a purchase.")
    ] = None
    order_id: Annotated[Id | None, Meta(description="The order that is reviewed.")] = None
    seller_id: Annotated[Id | None, Meta(description="The seller that is reviewed.")] = None
    programme: Annotated[
        Name | None,
        Meta(description="Sampling programme run by the platform that it comes from, as `vine`."),
    ] = None


class ReviewEdited(Event, frozen=True, kw_only=True, tag="review.edited"):
    """A review's content is replaced by the whole new content."""

    review_id: ReviewId
    product_id: ProductId
    reviewer_id: ReviewerId
    rating: Rating
    title: ReviewTitle = None
    text: ReviewText = None
    lang: Lang = None


class ReviewRemoved(Event, frozen=True, kw_only=True, tag="review.removed"):
    """A review disappears from a product's page."""

    review_id: ReviewId
    product_id: ProductId
    reviewer_id: ReviewerId
    removed_by: Annotated[Literal["reviewer", "platform"], Meta(description="Who removed it.")]


class VoteCast(Event, frozen=True, kw_only=True, tag="vote.cast"):
    """An account clicks Helpful, Not helpful or Report abuse on a review."""

    review_id: ReviewId
    product_id: ProductId
    voter_id: VoterId
    vote: Vote


class VoteWithdrawn(Event, frozen=True, kw_only=True, tag="vote.withdrawn"):
    """An account takes back what it said of a review."""

    review_id: ReviewId
    product_id: ProductId
    voter_id: VoterId
    vote: Vote


class MessageSent(Event, frozen=True, kw_only=True, tag="message.sent"):
    """A seller writes to a buyer, or a buyer to a seller."""

    message_id: Annotated[Id, Meta(description="The message.")]
    seller_id: SellerId
    direction: Annotated[Literal["to_buyer", "from_buyer"], Meta(description="Who wrote to whom.")]
    channel: Annotated[
        Literal[
            "buyer_seller_messaging",
            "review_reply",
            "package_insert",
            "email",
            "phone",
            "sms",
            "chat_app",
            "social",
            "mail",
            "web",
            "other",
        ],
        Meta(description="How it was sent; only the first two are open to sellers."),
    ]
    text: Annotated[LongText, Meta(description="What was written; of an insert, the transcript.")]
    lang: Lang = None
    buyer_id: Annotated[Id | None, Meta(description="The buyer written to or writing.")] = None
    sender_id: Annotated[
        Id | None, Meta(description="The account that acted: a buyer, staff, a partner.")
    ] = None
    product_id: Annotated[Id | None, Meta(description="The product it is about.")] = None
    order_id: Annotated[Id | None, Meta(description="The order it is about.")] = None
    review_id: Annotated[Id | None, Meta(description="The review it is about.")] = None


class ProductListed(Event, frozen=True, kw_only=True, tag="product.listed"):
    """A listing appears in the catalogue, or is rewritten."""

    product_id: ProductId
    seller_id: SellerId
    title: Annotated[Name, Meta(description="Title of the listing.")]
    category: Annotated[
        Name, Meta(description="Path in the catalogue, such as `Electronics/Headphones`.")
    ]
    brand: Annotated[Name | None, Meta(description="Brand of the product.")] = None
    url: Annotated[Url | None, Meta(description="Address of the product's page.")] = None
    attributes: Annotated[
        Attributes | None, Meta(description="Further properties of the product by name.")
    ] = None


class VariationAdded(Event, frozen=True, kw_only=True, tag="variation.added"):
    """A product joins others under one parent and shares their stars."""

    parent_id: ParentId
    product_id: ProductId
    seller_id: SellerId
    theme: Theme = None


class VariationRemoved(Event, frozen=True, kw_only=True, tag="variation.removed"):
    """A product leaves the others of its parent."""

    parent_id: ParentId
    product_id: ProductId
    seller_id: SellerId
    theme: Theme = None


class AccountRegistered(Event, frozen=True, kw_only=True, tag="account.registered"):
    """An account comes into being, or its role becomes known."""

    account_id: AccountId
    role: Annotated[
        Literal["buyer", "seller", "staff", "partner"], Meta(description="What the account does.")
    ]
    seller_id: Annotated[
        Id | None,
        Meta(description="The seller it works for; for the role `seller`, the one it owns."),
    ] = None


class AccountIdentified(Event, frozen=True, kw_only=True, tag="account.identified"):
    """An account was seen with an identifier."""

    account_id: AccountId
    identifier_type: Annotated[IdentifierType, Meta(description="What the identifier is of.")]
    identifier: Annotated[Hash, Meta(description="Opaque hash of the identifier.")]


class RelationDeclared(Event, frozen=True, kw_only=True, tag="relation.declared"):
    """An account's tie to a seller is known."""

    seller_id: SellerId
    account_id: AccountId
    relation: Annotated[
        Literal["owner", "employee", "family", "partner", "agency", "manufacturer"],
        Meta(description="What the account is to the seller."),
    ]
    until: Annotated[Time | None, Meta(description="When it ended, RFC 3339 with offset.")] = None


class OrderPlaced(Event, frozen=True, kw_only=True, tag="order.placed"):
    """A buyer orders a product."""

    order_id: OrderId
    product_id: ProductId
    seller_id: SellerId
    buyer_id: BuyerId
    list_price: Annotated[Money, Meta(description="Price without any discount.")]
    paid_price: Annotated[Money, Meta(description="What the buyer paid.")]
    currency: Currency
    promo_code: Annotated[Name | None, Meta(description="Code that gave a discount.")] = None


class OrderRefunded(Event, frozen=True, kw_only=True, tag="order.refunded"):
    """Money of an order goes back to its buyer."""

    order_id: OrderId
    product_id: ProductId
    seller_id: SellerId
    buyer_id: BuyerId
    amount: Annotated[Money, Meta(description="What was paid back.")]
    currency: Currency
    reason: Annotated[
        Literal["defect", "not_as_described", "return", "goodwill", "cancelled", "unknown"],
        Meta(description="Why it was paid back."),
    ]
    via: Annotated[
        Literal["platform", "off_platform"], Meta(description="Which way the money went.")
    ]
    item_returned: Annotated[
        bool | None, Meta(description="Whether the item came back; absent: unknown.")
    ] = None


AnyEvent: TypeAlias = (
    ReviewPosted
    | ReviewEdited
    | ReviewRemoved
    | VoteCast
    | VoteWithdrawn
    | MessageSent
    | ProductListed
    | VariationAdded
    | VariationRemoved
    | AccountRegistered
    | AccountIdentified
    | RelationDeclared
    | OrderPlaced
    | OrderRefunded
)
"""For typed decoders: `msgspec.json.Decoder(AnyEvent)` picks the Struct by `type`."""

TOPICS: Mapping[str, tuple[type[Event], ...]] = MappingProxyType(
    {
        "reviews": (ReviewPosted, ReviewEdited, ReviewRemoved),
        "votes": (VoteCast, VoteWithdrawn),
        "seller-messages": (MessageSent,),
        "catalog": (ProductListed, VariationAdded, VariationRemoved),
        "accounts": (AccountRegistered, AccountIdentified, RelationDeclared),
        "orders": (OrderPlaced, OrderRefunded),
    }
)
"""The event topics under their default names, and the types each is meant for."""

EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(
    {str(t.__struct_config__.tag): t for types in TOPICS.values() for t in types}
)
"""Every event Struct by the name of its type, in the contract's order."""

TOPIC_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {str(t.__struct_config__.tag): topic for topic, types in TOPICS.items() for t in types}
)
"""The default topic of every type's name."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Exact microseconds since the epoch of an aware datetime, whatever its year and offset."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


FIRST_TS = micros(datetime.min.replace(tzinfo=UTC))
LAST_TS = micros(datetime.max.replace(tzinfo=UTC))


def moment(ts: int) -> datetime:
    """The inverse of `micros`, in UTC; outside of the years 1 to 9999 the nearest instant inside,
    so that a bound reckoned from an extreme event can still be shown."""
    return EPOCH + timedelta(microseconds=min(max(ts, FIRST_TS), LAST_TS))


def iso(ts: int) -> str:
    """RFC 3339 in UTC of microseconds since the epoch, such as `2025-01-01T12:00:00Z`."""
    return moment(ts).isoformat().removesuffix("+00:00") + "Z"
