"""The market as a place where things happen: each method is an act and writes its event.

Scenarios and ordinary life use the same methods, so a planted act is written exactly like any
other. Acts outside of the window take place without being written.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Literal, TypeAlias

import msgspec

from pipeline.simulator.catalogue import Catalogue, Product, Relation, Seller
from pipeline.simulator.chance import number
from pipeline.simulator.clock import Clock, moment
from pipeline.simulator.identity import Identity
from pipeline.simulator.markets import Taxonomy
from pipeline.simulator.population import IdentifierType, Population
from pipeline.simulator.spill import Outputs
from pipeline.simulator.texts import Texts, Written
from pipeline.simulator.visits import Order, Review
from schemas import events

Channel: TypeAlias = Literal[
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
]
Role: TypeAlias = Literal["buyer", "seller", "staff", "partner"]
VoteKind: TypeAlias = Literal["helpful", "not_helpful", "report_abuse"]
Reason: TypeAlias = Literal[
    "defect", "not_as_described", "return", "goodwill", "cancelled", "unknown"
]

_encode = msgspec.json.Encoder().encode


class World:
    """One simulated marketplace with everything in it."""

    def __init__(
        self,
        seed: int,
        clock: Clock,
        identity: Identity,
        taxonomy: Taxonomy,
        population: Population,
        catalogue: Catalogue,
        texts: Texts,
        outputs: Outputs,
    ) -> None:
        self.seed = seed
        self.clock = clock
        self.identity = identity
        self.taxonomy = taxonomy
        self.population = population
        self.catalogue = catalogue
        self.texts = texts
        self._outputs = outputs
        self._manners = number(seed, "manners")

    def _write(self, topic: str, at: int, event: events.Event) -> None:
        self._outputs.files[topic].add(at, event.event_id, _encode(event))

    # Accounts.

    def registers(self, account: str, role: Role, at: int, seller: str | None = None) -> None:
        """An account comes into being; before the window, too."""
        if at >= self.clock.end:
            return
        self._write(
            "accounts",
            at,
            events.AccountRegistered(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                account_id=account,
                role=role,
                seller_id=seller,
            ),
        )

    def is_seen_with(self, account: str, kind: IdentifierType, identifier: str, at: int) -> None:
        """An account is seen with an identifier; before the window, too."""
        if at >= self.clock.end:
            return
        self._write(
            "accounts",
            at,
            events.AccountIdentified(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                account_id=account,
                identifier_type=kind,
                identifier=identifier,
            ),
        )

    def is_related(
        self, account: str, seller: str, relation: Relation, at: int, until: int | None = None
    ) -> None:
        """An account's tie to a seller becomes known; before the window, too."""
        if at >= self.clock.end:
            return
        self._write(
            "accounts",
            at,
            events.RelationDeclared(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                seller_id=seller,
                account_id=account,
                relation=relation,
                until=None if until is None else moment(until),
            ),
        )

    # Catalogue.

    def lists(
        self, product: Product, at: int, title: str | None = None, category: str | None = None
    ) -> None:
        """A listing appears, or is rewritten; before the window, too."""
        if at >= self.clock.end:
            return
        market = product.marketplace
        colour = self.taxonomy.colours[market.title_language][product.colour]
        self._write(
            "catalog",
            at,
            events.ProductListed(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=market.name,
                product_id=product.id,
                seller_id=product.seller.id,
                title=title or product.title or self.catalogue.title(product),
                category=category or product.leaf.path,
                brand=product.brand,
                url=f"https://www.{market.name}/dp/{product.id}" if product.has_url else None,
                attributes=product.attributes or {"color": colour},
            ),
        )

    def joins(self, product: Product, parent: str, theme: str | None, at: int) -> None:
        """A product joins a variation family; before the window, too."""
        if at >= self.clock.end:
            return
        self._write(
            "catalog",
            at,
            events.VariationAdded(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=product.marketplace.name,
                parent_id=parent,
                product_id=product.id,
                seller_id=product.seller.id,
                theme=theme,
            ),
        )

    def leaves(self, product: Product, parent: str, theme: str | None, at: int) -> None:
        """A product leaves a variation family."""
        if not self.clock.inside(at):
            return
        self._write(
            "catalog",
            at,
            events.VariationRemoved(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=product.marketplace.name,
                parent_id=parent,
                product_id=product.id,
                seller_id=product.seller.id,
                theme=theme,
            ),
        )

    # Orders.

    def orders(self, order: Order) -> None:
        """A buyer places an order."""
        if not self.clock.inside(order.at):
            return
        market = order.product.marketplace
        self._write(
            "orders",
            order.at,
            events.OrderPlaced(
                event_id=self.identity.event(),
                occurred_at=moment(order.at),
                marketplace=market.name,
                order_id=order.id,
                product_id=order.product.id,
                seller_id=order.product.seller.id,
                buyer_id=order.account,
                list_price=order.list_price,
                paid_price=order.paid,
                currency=market.currency,
                promo_code=order.promo,
            ),
        )

    def refunds(
        self,
        order: Order,
        at: int,
        reason: Reason,
        *,
        share: float = 1.0,
        off_platform: bool = False,
        returned: bool | None = None,
    ) -> None:
        """Money of an order goes back; nothing happens where it already did or was never paid."""
        if order.refunded or order.paid <= 0:
            return
        order.refunded = True
        if not self.clock.inside(at) or at <= order.at:
            return
        market = order.product.marketplace
        self._write(
            "orders",
            at,
            events.OrderRefunded(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=market.name,
                order_id=order.id,
                product_id=order.product.id,
                seller_id=order.product.seller.id,
                buyer_id=order.account,
                amount=round(order.paid * share, 2),
                currency=market.currency,
                reason=reason,
                via="off_platform" if off_platform else "platform",
                item_returned=returned,
            ),
        )

    # Reviews and votes.

    def wording(
        self,
        product: Product,
        buyer: int | None,
        language: str,
        rating: int,
        rng: Random,
        tell: str | None = None,
        shop: str | None = None,
    ) -> Written:
        """What that author would write about a product."""
        slots = self.slots(product, language, rng)
        noun = product.noun_in(language)
        if noun is not None:
            slots["noun"] = noun
        if shop is not None:
            slots["shop"] = shop
        wordy = 1.0 if buyer is None else self.population.wordiness[buyer]
        manner = self._manners + (product.index if buyer is None else buyer) * 977
        return self.texts.review(
            language, rating, product.leaf, rng, slots, wordy, manner=manner, tell=tell
        )

    def posts(
        self,
        product: Product,
        at: int,
        rating: int,
        rng: Random,
        *,
        author: str,
        buyer: int | None,
        language: str,
        words: Written,
        order: Order | None = None,
        programme: str | None = None,
    ) -> Review:
        """A review appears."""
        review = Review(
            self.identity.review(),
            product,
            author,
            buyer,
            language,
            rating,
            at,
            words.text,
            order,
            programme,
        )
        if self.clock.inside(at):
            spoken = words.title is not None or words.text is not None
            self._write(
                "reviews",
                at,
                events.ReviewPosted(
                    event_id=self.identity.event(),
                    occurred_at=moment(at),
                    marketplace=product.marketplace.name,
                    review_id=review.id,
                    product_id=product.id,
                    reviewer_id=author,
                    rating=rating,
                    title=words.title,
                    text=words.text,
                    lang=language if spoken and rng.random() < 0.9 else None,
                    verified_purchase=order is not None,
                    order_id=order.id if order is not None and rng.random() < 0.92 else None,
                    seller_id=product.seller.id if rng.random() < 0.85 else None,
                    programme=programme,
                ),
            )
        return review

    def edits(self, review: Review, at: int, rating: int, words: Written) -> bool:
        """The author replaces the content; False where there is no such review to edit."""
        if not self._stands(review, at):
            return False
        review.rating = rating
        review.text = words.text
        review.touched = max(review.touched, at)
        self._write(
            "reviews",
            at,
            events.ReviewEdited(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=review.product.marketplace.name,
                review_id=review.id,
                product_id=review.product.id,
                reviewer_id=review.author,
                rating=rating,
                title=words.title,
                text=words.text,
                lang=review.language,
            ),
        )
        return True

    def rethinks(
        self,
        review: Review,
        rating: int,
        tell: str | None,
        rng: Random,
        *,
        days: float = 3,
        at: int | None = None,
    ) -> bool:
        """The author writes the review anew, some days later or at a given time."""
        words = self.wording(review.product, review.buyer, review.language, rating, rng, tell)
        when = self.clock.days_later(review.at, rng, days) if at is None else at
        return self.edits(review, when, rating, words)

    def removes(self, review: Review, at: int, by: Literal["reviewer", "platform"]) -> bool:
        """The review disappears; False where there is none to remove."""
        if not self._stands(review, at) or at <= review.touched:
            return False
        review.removed = at
        self._write(
            "reviews",
            at,
            events.ReviewRemoved(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=review.product.marketplace.name,
                review_id=review.id,
                product_id=review.product.id,
                reviewer_id=review.author,
                removed_by=by,
            ),
        )
        return True

    def _stands(self, review: Review, at: int) -> bool:
        return (
            self.clock.inside(review.at)
            and self.clock.inside(at)
            and at > review.at
            and (review.removed is None or at < review.removed)
        )

    def votes(self, review: Review, voter: str, kind: VoteKind, at: int) -> bool:
        """A click on a review; False where it is not there to be clicked on."""
        if not self._stands(review, at):
            return False
        review.touched = max(review.touched, at)
        self._write(
            "votes",
            at,
            events.VoteCast(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=review.product.marketplace.name,
                review_id=review.id,
                product_id=review.product.id,
                voter_id=voter,
                vote=kind,
            ),
        )
        return True

    def takes_back(self, review: Review, voter: str, kind: VoteKind, at: int) -> None:
        """A click is withdrawn."""
        if not self._stands(review, at):
            return
        review.touched = max(review.touched, at)
        self._write(
            "votes",
            at,
            events.VoteWithdrawn(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=review.product.marketplace.name,
                review_id=review.id,
                product_id=review.product.id,
                voter_id=voter,
                vote=kind,
            ),
        )

    # Messages.

    def slots(
        self, product: Product, language: str, rng: Random, order: Order | None = None
    ) -> dict[str, str]:
        """What the places in a sentence stand for. Rules may still be given their own."""
        seller = product.seller
        shop = seller.shop
        handle = shop.lower().replace(" ", "")
        country = product.marketplace.name.rsplit(".", 1)[1]
        return {
            "name": self.texts.name(language, rng),
            "shop": shop,
            "product": product.name,
            "amount": product.marketplace.amount(rng),
            "code": f"{product.brand.upper()}{5 * (1 + int(rng.random() * 9))}",
            "email": f"{rng.choice(('hello', 'service', 'kund', 'care'))}@{handle}.{country}",
            "phone": f"+46 {10 + int(rng.random() * 70)} {100 + int(rng.random() * 900)} "
            f"{10 + int(rng.random() * 90)} {10 + int(rng.random() * 90)}",
            "handle": f"@{handle}{rng.choice(('', '_vip', '_care', str(10 + product.index % 80)))}",
            "link": f"www.{handle}.{country}/{rng.choice(('vip', 'card', 'r', 'start', 'q'))}",
            "order": order.id if order is not None else "–",
        }

    def sends(
        self,
        seller: Seller,
        at: int,
        text: str,
        language: str,
        rng: Random,
        *,
        to_buyer: bool = True,
        channel: Channel = "buyer_seller_messaging",
        buyer: str | None = None,
        sender: str | None = None,
        product: Product | None = None,
        order: Order | None = None,
        review: Review | None = None,
    ) -> str | None:
        """A message; returns its id, None where it falls outside of the window."""
        if not self.clock.inside(at):
            return None
        message = self.identity.message()
        self._write(
            "seller-messages",
            at,
            events.MessageSent(
                event_id=self.identity.event(),
                occurred_at=moment(at),
                marketplace=(product or seller).marketplace.name,
                message_id=message,
                seller_id=seller.id,
                direction="to_buyer" if to_buyer else "from_buyer",
                channel=channel,
                text=text,
                lang=language if rng.random() < 0.85 else None,
                buyer_id=buyer,
                sender_id=sender,
                product_id=product.id if product is not None else None,
                order_id=order.id if order is not None else None,
                review_id=review.id if review is not None else None,
            ),
        )
        return message

    def tells_buyer(
        self,
        order: Order,
        rule: str,
        at: int,
        rng: Random,
        *,
        channel: Channel = "buyer_seller_messaging",
        sender: str | None = None,
        hidden: bool = False,
        extra: Mapping[str, str] | None = None,
        review: Review | None = None,
        bare: bool = False,
    ) -> str | None:
        """The seller of an order writes to its buyer, by a rule of the phrase bank, in the buyer's
        language. `hidden`: its telling words are disguised. `bare`: no greeting around it."""
        seller, language = order.product.seller, order.language
        slots = self.slots(order.product, language, rng, order) | dict(extra or {})
        if bare or channel == "package_insert":
            text = self.texts.line(language, rule, rng, slots)
        else:
            text = self.texts.message(language, rule, rng, slots, buyer=False)
        if hidden:
            text = self.texts.hidden(language, text, rng)
        if sender is None and channel not in ("package_insert", "web"):
            people = [seller.owner, *seller.staff]
            sender = rng.choice(people) if rng.random() < 0.6 else None
        return self.sends(
            seller,
            at,
            text,
            language,
            rng,
            channel=channel,
            buyer=order.account,
            sender=sender,
            product=order.product,
            order=order if rng.random() < 0.9 else None,
            review=review,
        )

    def hears_buyer(
        self,
        order: Order,
        rule: str,
        at: int,
        rng: Random,
        *,
        channel: Channel = "buyer_seller_messaging",
        extra: Mapping[str, str] | None = None,
    ) -> str | None:
        """The buyer of an order writes to its seller."""
        language = order.language
        slots = self.slots(order.product, language, rng, order) | dict(extra or {})
        text = self.texts.message(language, rule, rng, slots, buyer=True)
        return self.sends(
            order.product.seller,
            at,
            text,
            language,
            rng,
            to_buyer=False,
            channel=channel,
            buyer=order.account,
            sender=order.account if rng.random() < 0.5 else None,
            product=order.product,
            order=order if rng.random() < 0.9 else None,
        )
