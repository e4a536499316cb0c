"""Who reviews: `self_review` and `insider_review`."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.catalogue.example import Change, Example, Make, fires, less, more, only, put, quiet
from tests.catalogue.example import world as made
from tests.detectors.test_seller_graph import honest, market, share, strangers
from tests.detectors.world import World

SELF, INSIDER = "self_review", "insider_review"
HEADPHONES = "Electronics/Headphones"

world = partial(made, base=market)


def mask(kind: str, product: str = "p1", rating: int = 5, **fields: Any) -> Make:
    """An account that shares one identifier with the owner reviews a product."""

    def add(w: World) -> None:
        share(w, kind, "shared", "boss", "mask")
        honest(w, "mask")
        w.review(product, "mask", 20, rating, **fields)

    return world(add)


def crowd(kind: str, person: str, n: int, reviewing: int = 4) -> Make:
    """A crowd that shares an identifier with one of the seller's people; some of it review."""

    def add(w: World) -> None:
        share(w, kind, "shared", person, *strangers(n))
        for i, account in enumerate(strangers(reviewing)):
            w.review("p1", account, 20 + i, 5)

    return world(add)


def few(n: int) -> Change:
    """Of the crowd, only the first few were ever seen with the identifier."""
    first = {*strangers(n), "boss", "erik"}
    return only(lambda body: body["account_id"] in first, "account.identified")


def _weak_ones(w: World) -> None:
    share(w, "email", "mail", "boss", "mask", *strangers(5))
    share(w, "phone", "number", "boss", "mask", *strangers(10)[5:])
    w.review("p1", "mask", 20, 4, verified_purchase=True)
    honest(w, "mask", first=10, reviews=2)


def _named_by_the_review() -> World:
    w = World()
    w.registered("boss", "seller", "s1")
    w.review("q", "boss", 5, 5, seller_id="s1")
    return w


def _sold_telephone(w: World) -> None:
    w.identified("boss", "device", "old", -200)
    w.identified("boss", "device", "new", -90)
    w.identified("buyer", "device", "old", -20)
    w.review("p1", "buyer", 20, 5)


SELF_REVIEW = (
    fires(
        SELF,
        "the owner, openly",
        "the account is the owner's",
        world(lambda w: w.review("p1", "boss", 20, 5)),
        less("account.registered", account_id="boss"),
    ),
    fires(
        SELF,
        "the owner posing as a buyer",
        "the owner's bank account",
        mask("bank_account", verified_purchase=True),
        less("account.identified", account_id="mask"),
    ),
    fires(
        SELF,
        "against a competitor",
        "the seller sells in the same category",
        mask("device", "p2", 1),
        less("product.listed", seller_id="s1"),
    ),
    fires(
        SELF,
        "several weak identifiers together",
        "the second of them",
        world(_weak_ones),
        less("account.identified", identifier_type="phone"),
    ),
    fires(
        SELF,
        "a product that the catalogue does not know",
        "the review names the seller",
        _named_by_the_review,
        put("review.posted", seller_id="another"),
    ),
    quiet(
        SELF,
        "strangers behind one exit",
        "forty accounts share it",
        crowd("device", "boss", 40),
        few(4),
    ),
    quiet(
        SELF,
        "a guest in the owner's café",
        "nothing but a network address is shared",
        mask("ip"),
        put("account.identified", {"identifier": "shared"}, identifier_type="bank_account"),
    ),
    quiet(
        SELF,
        "a telephone sold to a customer",
        "the owner had moved on to another",
        world(_sold_telephone),
        less("account.identified", account_id="boss", identifier="new"),
    ),
    quiet(
        SELF,
        "the owner praises a competitor",
        "it is praise",
        world(lambda w: w.review("p2", "boss", 20, 5)),
        put("review.posted", {"reviewer_id": "boss"}, rating=1),
    ),
    quiet(
        SELF,
        "the owner as a customer of something else",
        "it is of another category",
        world(lambda w: w.review("kettle", "boss", 20, 1)),
        put("product.listed", {"product_id": "kettle"}, category=HEADPHONES),
    ),
)


def _friend(w: World) -> None:
    share(w, "payment_card", "card", "erik", "friend")
    w.review("p1", "friend", 20, 5, verified_purchase=True)


def _household(w: World) -> None:
    share(w, "address", "home", "boss", "spouse")
    share(w, "ip", "home", "boss", "spouse")
    w.review("p1", "spouse", 20, 5)


def _agent(w: World) -> None:
    w.add(
        "message.sent",
        -40,
        message_id="m1",
        seller_id="s1",
        direction="to_buyer",
        channel="buyer_seller_messaging",
        text="Hej",
        sender_id="helper",
    )
    w.review("p1", "helper", 20, 5)


def _staff(w: World) -> None:
    w.registered("stig", "staff", "s1")
    w.review("p1", "stig", 20, 5)


def _strange_family(w: World) -> None:
    for kind in ("address", "ip", "payment_card"):
        share(w, kind, f"{kind}-home", "mum", "dad", "kid")
    for n, account in enumerate(("mum", "dad", "kid")):
        w.review("p1", account, 20 + n, 5, verified_purchase=True)


def _former_flat(w: World) -> None:
    w.identified("erik", "address", "flat", -240)
    w.identified("erik", "address", "house", -100)
    w.identified("tenant", "address", "flat", -80)
    w.review("p1", "tenant", 20, 5)


def _former_employee(w: World) -> None:
    w.related("s1", "nora", "employee", day=-250, until=-10)
    w.review("p1", "nora", 20, 5)


def _hired_later(w: World) -> None:
    w.related("s1", "nora", "employee", day=90)
    honest(w, "nora")
    w.review("p1", "nora", 20, 4, verified_purchase=True)


def _hired_earlier(w: World) -> World:
    w = less("relation.declared", account_id="nora")(w)
    w.related("s1", "nora", "employee", day=-250)
    return w


INSIDER_REVIEW = (
    fires(
        INSIDER,
        "an employee, openly",
        "the declared relation",
        world(lambda w: w.review("p1", "erik", 20, 5, verified_purchase=True)),
        less("relation.declared", account_id="erik"),
    ),
    fires(
        INSIDER,
        "staff known by their account",
        "the role it was registered with",
        world(_staff),
        put("account.registered", {"account_id": "stig"}, role="buyer"),
    ),
    fires(
        INSIDER,
        "an employee against a competitor",
        "one star",
        world(lambda w: w.review("p2", "erik", 20, 1, verified_purchase=True)),
        put("review.posted", {"reviewer_id": "erik"}, rating=5),
    ),
    fires(
        INSIDER,
        "a friend on the employee's card",
        "they share the card",
        world(_friend),
        less("account.identified", account_id="friend"),
    ),
    fires(
        INSIDER,
        "the owner's household",
        "they share the address",
        world(_household),
        less("account.identified", identifier_type="address"),
    ),
    fires(
        INSIDER,
        "an agent whom nobody has declared",
        "it writes to buyers in the seller's name",
        world(_agent),
        less("message.sent"),
    ),
    quiet(
        INSIDER,
        "a family of customers",
        "none of it belongs to the seller",
        world(_strange_family),
        more(lambda w: w.related("s1", "mum", "employee")),
    ),
    quiet(
        INSIDER,
        "a dormitory",
        "eighteen live there",
        crowd("address", "erik", 18),
        few(2),
    ),
    quiet(
        INSIDER,
        "the next tenant",
        "the employee had moved out",
        world(_former_flat),
        less("account.identified", account_id="erik", identifier="house"),
    ),
    quiet(
        INSIDER,
        "a former employee",
        "the employment had ended",
        world(_former_employee),
        put("relation.declared", {"account_id": "nora"}, until=None),
    ),
    quiet(
        INSIDER,
        "a customer who was hired later",
        "the review is older",
        world(_hired_later),
        _hired_earlier,
    ),
    quiet(
        INSIDER,
        "an employee who dislikes a kettle",
        "the seller sells no kettles",
        world(lambda w: w.review("kettle", "erik", 20, 1)),
        put("product.listed", {"product_id": "kettle"}, category=HEADPHONES),
    ),
)

EXAMPLES: tuple[Example, ...] = (*SELF_REVIEW, *INSIDER_REVIEW)
