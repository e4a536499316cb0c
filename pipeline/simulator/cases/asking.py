"""`review_gating`, `insert_solicitation` and `off_platform_contact`: how and where buyers are
asked; and requests, cards and calls that may be."""

from __future__ import annotations

from random import Random

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.dealings import Encloses, Gates, IsReported, Pitch, Proposes
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.visits import Order, Review
from pipeline.simulator.world import Channel, World

# review_gating


def _gates(cast: Casting, orders: int = 35, **how: object) -> None:
    seller = cast.seller(orders=orders)
    seller.products[0].quality = max(seller.products[0].quality, 0.2)
    seller.conduct = Gates(cast, seller, **how)  # type: ignore[arg-type]


@planted("review_gating", "cites_happiness", 1)
def cites_happiness(cast: Casting) -> None:
    """Buyers who wrote in happy are asked because they are."""
    _gates(cast, asks_happy="v_gate_happy")


@planted("review_gating", "says_it_outright", 2)
def says_outright(cast: Casting) -> None:
    """Happy: review. Not happy: tell us instead. To everybody."""
    seller = cast.seller()
    seller.conduct = Proposes(cast, seller, Pitch(["v_gate_split"]), 0.5)


@planted("review_gating", "web_form", 3)
def gate_form(cast: Casting) -> None:
    """A form on the web that sends the happy to the reviews and the others elsewhere."""
    seller = cast.seller()
    pitch = Pitch(["v_gate_form"], channel="web")
    seller.conduct = Proposes(cast, seller, pitch, 0.3)


@planted("review_gating", "disguised_text", 3)
def gate_disguised(cast: Casting) -> None:
    """The telling words are hidden."""
    _gates(cast, asks_happy="v_gate_happy", hidden=True)


@planted("review_gating", "neutral_to_the_happy", 4)
def neutral_to_happy(cast: Casting) -> None:
    """The request is neutral, but only buyers who wrote in happy get it."""
    _gates(cast, 60, asks_happy="s_request", more_happy=0.35)


@planted("review_gating", "diverts_in_two_steps", 4)
def diverts(cast: Casting) -> None:
    """The happy get a neutral request, the unhappy a form."""
    _gates(cast, 50, asks_happy="s_request", diverts="v_gate_split", more_happy=0.3)


@planted("review_gating", "leaves_out_complaints", 5)
def leaves_out(cast: Casting) -> None:
    """A neutral request to all but those who complained or returned."""
    _gates(cast, 80, asks_silent=True, more_happy=0.1)


@lookalike("review_gating", "neutral_to_all", "unhappy_too")
def neutral_to_all(cast: Casting) -> None:
    """The same neutral request to every buyer, after whatever they wrote."""
    seller = cast.seller(orders=50)
    seller.products[0].defects = 0.2
    seller.conduct = Gates(cast, seller, asks_all=True, more_happy=0.0)


@lookalike("review_gating", "neutral_to_all", "happy_thread_first")
def neutral_after_thread(cast: Casting) -> None:
    """Many write in happy; the request comes to them as to all others, and cites nothing."""
    seller = cast.seller(orders=50)

    seller.conduct = Gates(cast, seller, asks_all=True)


@lookalike("review_gating", "support_without_reviews", "chatty")
def support_only(cast: Casting) -> None:
    """Long threads with the happy and the unhappy; reviews are never mentioned."""
    seller = cast.seller(orders=50)
    seller.conduct = Gates(cast, seller, asks_happy="s_happy", more_happy=0.4)


@lookalike("review_gating", "support_without_reviews", "help_form")
def support_form(cast: Casting) -> None:
    """The unhappy are helped at length."""
    seller = cast.seller(orders=50)
    seller.products[0].defects = 0.25
    seller.conduct = Gates(cast, seller, diverts="s_unhappy", more_happy=0.1)


# insert_solicitation


def _encloses(cast: Casting, cards: list[str], **how: object) -> None:
    seller = cast.seller()
    seller.conduct = Encloses(cast, seller, cards, **how)  # type: ignore[arg-type]


@planted("insert_solicitation", "plain_card", 1)
def plain_card(cast: Casting) -> None:
    """Five stars, a picture, and money."""
    _encloses(cast, ["k_offer"])


@planted("insert_solicitation", "positive_only", 2)
def positive_only(cast: Casting) -> None:
    """No reward, only the wish for five stars."""
    _encloses(cast, ["k_positive"], taken=0.0)


@planted("insert_solicitation", "code_to_scan", 2)
def code_to_scan(cast: Casting) -> None:
    """The reward is behind a code."""
    _encloses(cast, ["k_qr"])


@planted("insert_solicitation", "disguised_text", 3)
def card_disguised(cast: Casting) -> None:
    """The card is printed so that filters do not read it."""
    _encloses(cast, ["k_offer", "k_qr"], hidden=True)


@planted("insert_solicitation", "warranty_as_reward", 3)
def warranty_reward(cast: Casting) -> None:
    """A longer warranty for a review, on what looks like a warranty card."""
    _encloses(cast, ["k_warranty"])


@planted("insert_solicitation", "buyers_report", 4)
def card_reported(cast: Casting) -> None:
    """Nobody transcribes the card; buyers tell of it."""
    seller = cast.seller()
    seller.conduct = IsReported(
        cast, seller, told="b_told_card", review_tells="told_card", share=0.15
    )


@planted("insert_solicitation", "two_cards", 4)
def two_cards(cast: Casting) -> None:
    """One card promises, the other says for what."""
    _encloses(cast, ["k_a", "k_b"], together=True)


@planted("insert_solicitation", "rare_among_harmless", 5)
def rare_card(cast: Casting) -> None:
    """Most packages hold a harmless card, a few the other."""
    _encloses(cast, ["c_thanks"] * 5 + ["k_warranty"], share=0.8, taken=0.05)


@lookalike("insert_solicitation", "thank_you_card", "thanks")
def thanks_card(cast: Casting) -> None:
    """Thank you, honest reviews welcome."""
    _encloses(cast, ["c_thanks"], taken=0.0)


@lookalike("insert_solicitation", "thank_you_card", "care")
def care_card(cast: Casting) -> None:
    """How to wash it."""
    _encloses(cast, ["c_care"], taken=0.0)


@lookalike("insert_solicitation", "thank_you_card", "gift_inside")
def gift_card(cast: Casting) -> None:
    """A little present lies in the box, and nothing is asked for it."""
    _encloses(cast, ["c_gift", "c_thanks"], taken=0.0)


@lookalike("insert_solicitation", "warranty_card", "registration")
def warranty_card(cast: Casting) -> None:
    """Register for the warranty; nothing is said about reviews."""
    _encloses(cast, ["c_warranty"], taken=0.0)


@lookalike("insert_solicitation", "warranty_card", "many")
def warranty_many(cast: Casting) -> None:
    """The same, transcribed very often."""
    _encloses(cast, ["c_warranty", "c_care"], share=0.8, taken=0.0)


def _warns(cast: Casting, rule: str, tell: str | None) -> None:
    seller = cast.seller()

    def warn(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        if order is None:
            return
        at = world.clock.days_later(order.delivered, rng, 4)
        message = world.hears_buyer(order, rule, at, rng)
        if message is not None and cast.record.act(at):
            cast.record.messages.add(message)
        world.tells_buyer(order, "s_refuse", world.clock.hours_later(at, rng, 9), rng)

    for at in cast.spread(4):
        cast.visit(
            seller.products[0],
            at,
            rating=3 if tell else None,
            tell=tell,
            record=cast.record,
            then=warn,
        )


@lookalike("insert_solicitation", "buyer_warns_generally", "in_message")
def warns_message(cast: Casting) -> None:
    """Buyers have read about cards; there was none."""
    _warns(cast, "b_warns", None)


@lookalike("insert_solicitation", "buyer_warns_generally", "in_review")
def warns_review(cast: Casting) -> None:
    """The same in reviews."""
    _warns(cast, "b_warns", "warn_general")


# off_platform_contact


def _contacts(cast: Casting, pitch: Pitch, share: float, orders: int = 25) -> None:
    seller = cast.seller(orders=orders)
    seller.conduct = Proposes(cast, seller, pitch, share)


@planted("off_platform_contact", "mails_customers", 1)
def mails(cast: Casting) -> None:
    """Advertising by e-mail to buyers."""
    _contacts(cast, Pitch(["o_promo"], channel="email"), 0.5)


@planted("off_platform_contact", "chat_and_text", 1)
def chats(cast: Casting) -> None:
    """Buyers are written to in a chat app."""
    _contacts(cast, Pitch(["o_promo"], channel="chat_app"), 0.4)


@planted("off_platform_contact", "invites_elsewhere", 2)
def invites(cast: Casting) -> None:
    """On the platform, but only to move the buyer away from it."""
    _contacts(cast, Pitch(["v_off_invite"]), 0.4)


@planted("off_platform_contact", "answers_by_mail", 2)
def answers_by_mail(cast: Casting) -> None:
    """Questions asked on the platform are answered by e-mail or text message."""
    channels: tuple[Channel, ...] = ("email", "sms", "phone")
    _contacts(cast, Pitch(["o_answer"], channel=cast.rng.choice(channels)), 0.3)


@planted("off_platform_contact", "disguised_address", 3)
def disguised_address(cast: Casting) -> None:
    """The telling words are hidden."""
    _contacts(cast, Pitch(["v_off_invite"], hidden=True), 0.35)


@planted("off_platform_contact", "veiled", 4)
def off_veiled(cast: Casting) -> None:
    """It would be easier outside."""
    _contacts(cast, Pitch(["v_off_soft"], mixed_with="s_answer"), 0.25)


@planted("off_platform_contact", "in_two_messages", 4)
def off_split(cast: Casting) -> None:
    """The address in one message, what it is in the next."""
    _contacts(cast, Pitch(["v_off_a", "v_off_b"]), 0.3)


@planted("off_platform_contact", "rare_calls", 5)
def rare_calls(cast: Casting) -> None:
    """A call or a letter now and then, in innocent words."""
    channels: tuple[Channel, ...] = ("phone", "mail")
    _contacts(cast, Pitch(["o_answer"], channel=cast.rng.choice(channels)), 0.07, orders=50)


@lookalike("off_platform_contact", "manual_support_number", "asked")
def support_number(cast: Casting) -> None:
    """The maker's number, as it stands in the manual."""
    _contacts(cast, Pitch(["s_manual"]), 0.3)


@lookalike("off_platform_contact", "manual_support_number", "on_the_card")
def support_on_card(cast: Casting) -> None:
    """The same on a card."""
    _encloses(cast, ["c_warranty"], share=0.3, taken=0.0)


@lookalike("off_platform_contact", "carrier_call", "heavy_goods")
def carrier_call(cast: Casting) -> None:
    """The carrier will call, the message says."""
    _contacts(cast, Pitch(["s_carrier"]), 0.8)


@lookalike("off_platform_contact", "carrier_call", "some")
def carrier_some(cast: Casting) -> None:
    """The same for some orders, and shipping notices for the others."""
    _contacts(cast, Pitch(["s_shipped", "s_carrier"]), 0.35)


def _exchanges(cast: Casting, asks: str, answers: str, channels: tuple[Channel, ...]) -> None:
    """Buyers write, and the seller answers on the platform."""
    seller = cast.seller()

    def write(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        if order is None:
            return
        at = world.clock.days_later(order.delivered, rng, 3)
        message = world.hears_buyer(order, asks, at, rng, channel=rng.choice(channels))
        if message is not None and cast.record.act(at):
            cast.record.messages.add(message)
        at = world.clock.hours_later(at, rng, 9)
        message = world.tells_buyer(order, answers, at, rng)
        if message is not None and cast.record.act(at):
            cast.record.messages.add(message)

    for at in cast.spread(6):
        cast.visit(seller.products[0], at, then=write)


@lookalike("off_platform_contact", "buyer_writes_elsewhere", "by_mail")
def buyer_mails(cast: Casting) -> None:
    """Buyers write e-mails and texts; the seller answers on the platform."""
    _exchanges(cast, "b_question", "s_answer", ("email", "sms", "phone", "social"))


@lookalike("off_platform_contact", "buyer_writes_elsewhere", "asks_for_an_address")
def buyer_asks(cast: Casting) -> None:
    """Buyers ask for an address or a number; the seller stays on the platform and says so."""
    _exchanges(cast, "b_elsewhere", "s_stay", ("buyer_seller_messaging",))
