"""Where stars come from: `variation_abuse`, `vote_manipulation` and `review_ring`."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.catalogue.example import (
    Body,
    Change,
    Example,
    Make,
    drop,
    each,
    fires,
    instead,
    less,
    more,
    only,
    put,
    quiet,
    reviewed,
    says,
    when,
)
from tests.catalogue.example import world as made
from tests.detectors.test_review_rings import ring, shops
from tests.detectors.test_seller_graph import market, share, voted
from tests.detectors.test_variations import join, lamp_and_harness, leave, product
from tests.detectors.test_vote_bursts import Shop, crew, customers, old
from tests.detectors.world import World

VARIATION, VOTES, RING = "variation_abuse", "vote_manipulation", "review_ring"

# -- variations ------------------------------------------------------------------------------------


def joined(*titles: str, category: str = "Home/Things", day: float = 0) -> Make:
    """Products of one brand with reviews, joined under one parent."""

    def add(w: World) -> None:
        names = [f"p{i}" for i in range(len(titles))]
        for name, title in zip(names, titles, strict=True):
            product(w, name, title, category, brand="Lumo")
        join(w, *names, day=day)

    return made(add)


def strange(name: str = "p1") -> Change:
    """One of the products is another thing."""
    return put(
        "product.listed",
        {"product_id": name},
        title="Vovve hundsele",
        category="Pets/Dogs",
        brand="Vovve",
    )


def lamp_joined(w: World) -> None:
    """A lamp and a dog's harness become variations of one thing."""
    lamp_and_harness(w)
    join(w, "p1", "p2")


def colours(w: World) -> None:
    """Four colours of a lamp, and a frying pan."""
    for i, colour in enumerate(("svart", "vit", "röd", "blå")):
        product(w, f"p{i}", f"Lumo bordslampa, {colour}", "Home/Lamps", brand="Lumo")
    product(w, "p9", "Lumo stekpanna, grön", "Kitchen/Pans", reviews=1, brand="Lumo")
    join(w, "p0", "p1", "p2", "p3", "p9")


def reused(w: World, day: float = 30, reviews: int = 8) -> None:
    """A hat's listing becomes a loudspeaker's."""
    product(w, "p1", "Sommo solhatt", "Clothing/Hats", reviews, brand="Sommo")
    w.listed("p1", "s1", day=day, title="Ekko högtalare", category="Audio/Speakers", brand="Ek")


def disguised(w: World) -> None:
    """Joined, and later rewritten as if both were lamps."""
    lamp_joined(w)
    w.listed("p2", "s1", day=4, title="Lumo bordslampa, vit", category="Home/Lamps")


def slip(w: World) -> None:
    """Joined by mistake for some hours."""
    lamp_joined(w)
    leave(w, "p2", 0.4)


def in_turn(w: World) -> None:
    """First one product under the parent, then the other."""
    lamp_and_harness(w)
    join(w, "p1")
    leave(w, "p1", 10)
    join(w, "p2", day=20)


VARIATION_ABUSE = (
    fires(
        VARIATION,
        "two things from different branches",
        "they are joined",
        made(lamp_joined),
        less("variation.added", product_id="p2"),
    ),
    fires(
        VARIATION,
        "a stranger among many colours",
        "the stranger",
        made(colours),
        less("variation.added", product_id="p9"),
    ),
    fires(
        VARIATION,
        "a dead listing reused",
        "the listing was rewritten",
        made(reused),
        less("product.listed", title="Ekko högtalare"),
    ),
    fires(
        VARIATION,
        "hidden by rewriting the listing afterwards",
        "it was another thing at first",
        made(disguised),
        less("product.listed", title="Vovve Pro hundsele, svart"),
    ),
    fires(
        VARIATION,
        "reviews that speak of another product",
        "a second one says so",
        reviewed(
            "Half of these reviews are about a different product, a phone case.",
            "The reviews here are for another product than this one.",
        ),
        less("review.posted", reviewer_id="author1"),
    ),
    quiet(
        VARIATION,
        "colours of one thing",
        "the titles name one thing",
        joined("Lumo bordslampa, svart", "Lumo bordslampa, vit"),
        strange(),
    ),
    quiet(
        VARIATION,
        "a bundle with one of its parts",
        "the part is in the bundle",
        joined("Lumo stekpanna", "Lumo stekpanna + lock + stekspade"),
        put("product.listed", {"product_id": "p1"}, title="Lumo lock + slev", category="Home/Lids"),
    ),
    quiet(
        VARIATION,
        "a slip",
        "it was mended within hours",
        made(slip),
        less("variation.removed"),
    ),
    quiet(
        VARIATION,
        "one after the other under one parent",
        "the first had left before",
        made(in_turn),
        less("variation.removed"),
    ),
    quiet(
        VARIATION,
        "a listing corrected soon",
        "it was days old",
        made(partial(reused, day=-190)),
        when(lambda _, day: 30, "product.listed", title="Ekko högtalare"),
    ),
    quiet(
        VARIATION,
        "a listing that nobody had reviewed",
        "there were no stars to keep",
        made(partial(reused, reviews=0)),
        more(lambda w: [w.review("p1", f"early{i}", -40 + 5 * i) for i in range(8)]),
    ),
)

# -- votes -----------------------------------------------------------------------------------------


def voting(add: Callable[[Shop], object]) -> Make:
    """A shop with months of traffic, and some votes."""

    def make() -> World:
        shop = Shop()
        shop.product("p1", "s1")
        add(shop)
        return shop.w

    return make


def lifted(shop: Shop) -> None:
    """Nine strangers find one praising review helpful within half a day."""
    shop.burst("p1", old(shop, 5), crew(9), 20, 0.5)


def reported(shop: Shop) -> None:
    """The same seven report one critic after the other."""
    for n in range(3):
        shop.burst("p1", old(shop, 1, n=n), crew(7), 20 + 5 * n, 0.5, "report_abuse")


def drip(shop: Shop) -> None:
    """Nine accounts come back to four reviews over two months."""
    r = random.Random(5)
    for voter in crew(9):
        for n in range(4):
            shop.vote("p1", old(shop, 5, n=n), voter, 10 + 16 * n + r.uniform(0, 14))


def withdrawn(shop: Shop) -> None:
    """The nine take their votes back."""
    lifted(shop)
    for voter in crew(9):
        shop.w.add(
            "vote.withdrawn",
            24,
            review_id=old(shop, 5),
            product_id="p1",
            voter_id=voter,
            vote="helpful",
        )


def of_crew(body: Body) -> bool:
    """A vote by one of a crew."""
    return str(body.get("voter_id", "")).startswith("crew")


def over_the_year(body: Body, day: float) -> float:
    """Votes of a crew 13 days apart."""
    return -40 + 13 * int(body["voter_id"][4:]) if of_crew(body) else day


def different_each_time(w: World) -> World:
    """Each vote of the crew is that of another customer."""
    buyers = sorted({b["buyer_id"] for _, b in w.events if b["type"] == "order.placed"})
    readers = iter(random.Random(5).sample(buyers, 36))
    return each(lambda b: {**b, "voter_id": next(readers)} if of_crew(b) else b, "vote.cast")(w)


def tied_votes(add: Callable[[World, str, str], object]) -> Make:
    """Votes of a seller's people on praise and blame of its product."""

    def make() -> World:
        w = market()
        praise, blame, *_ = voted(w)
        add(w, praise, blame)
        return w

    return make


def masks(w: World, _: str, blame: str) -> None:
    """Two accounts on the owner's device bury a critic."""
    share(w, "device", "phone1", "boss", "mask1", "mask2")
    for n, mask in enumerate(("mask1", "mask2")):
        w.vote("p1", blame, mask, 10 + n, "not_helpful")
        w.vote("p1", blame, mask, 10.1 + n, "report_abuse")


def upheld(w: World, *_: str) -> None:
    """An employee reports abusive reviews, which the platform then removes."""
    for n in range(3):
        abusive = w.review("p1", f"troll{n}", 3 + n, 1)
        w.vote("p1", abusive, "erik", 10 + n, "report_abuse")
        at = {"review_id": abusive, "product_id": "p1", "reviewer_id": f"troll{n}"}
        w.add("review.removed", 12 + n, removed_by="platform", **at)


def former(w: World, praise: str, _: str) -> None:
    """Somebody who worked for the seller once."""
    w.related("s1", "nora", "employee", until=-30)
    w.vote("p1", praise, "nora", 10)


def even_handed(w: World, praise: str, blame: str) -> None:
    """An employee who finds the critic helpful as well."""
    w.vote("p1", praise, "erik", 10)
    w.vote("p1", blame, "erik", 11)


def neighbours(w: World, praise: str, _: str) -> None:
    """Three on the network of the employee's carrier."""
    names = ("anna", "bert", "cleo")
    share(w, "ip", "carrier", "erik", *names)
    for n, account in enumerate(names):
        w.vote("p1", praise, account, 10 + n)


def regular_readers(shop: Shop) -> None:
    """Customers of old come by one after the other over the year."""
    for i, voter in enumerate(customers(shop, 9)):
        shop.vote("p1", old(shop, 5), voter, -40 + 13 * i)


def in_a_day(w: World) -> World:
    """The same votes within half a day, by accounts that do nothing else."""
    w = less("order.placed", seller_id="s9")(w)
    w = only(lambda b: not b["account_id"].startswith("customer"), "account.registered")(w)
    late = lambda b, day: 20 + day / 400 if b["voter_id"].startswith("customer") else day  # noqa: E731
    return when(late, "vote.cast")(w)


VOTE_MANIPULATION = (
    fires(
        VOTES,
        "a burst on the own praise",
        "all in half a day",
        voting(lifted),
        when(over_the_year, "vote.cast"),
    ),
    fires(
        VOTES,
        "critics reported away by a crew",
        "the crew",
        voting(reported),
        only(lambda b: not of_crew(b), "vote.cast"),
    ),
    fires(
        VOTES,
        "a slow drip over two months",
        "it is the same accounts each time",
        voting(drip),
        different_each_time,
    ),
    fires(
        VOTES,
        "an employee lifts praise",
        "the declared relation",
        tied_votes(lambda w, praise, _: w.vote("p1", praise, "erik", 10)),
        less("relation.declared"),
    ),
    fires(
        VOTES,
        "masks of the owner bury a critic",
        "the owner's device",
        tied_votes(masks),
        less("account.identified", account_id="boss"),
    ),
    fires(
        VOTES,
        "a message that asks for clicks",
        "the clicks",
        says("Please click Helpful on our five star reviews."),
        instead("Please click on your order to see our invoice."),
    ),
    quiet(
        VOTES,
        "votes that were taken back",
        "they were taken back",
        voting(withdrawn),
        less("vote.withdrawn"),
    ),
    quiet(
        VOTES,
        "reports that the platform upheld",
        "the reviews were removed",
        tied_votes(upheld),
        less("review.removed"),
    ),
    quiet(
        VOTES,
        "somebody who worked there once",
        "the employment had ended",
        tied_votes(former),
        put("relation.declared", {"account_id": "nora"}, until=None),
    ),
    quiet(
        VOTES,
        "an even-handed employee",
        "a vote for the critic as well",
        tied_votes(even_handed),
        only(lambda b: b["occurred_at"] < "2025-01-12", "vote.cast"),
    ),
    quiet(
        VOTES,
        "neighbours on one carrier",
        "a network address only",
        tied_votes(neighbours),
        put("account.identified", {"identifier": "carrier"}, identifier_type="payment_card"),
    ),
    quiet(
        VOTES,
        "customers who come by over the year",
        "they come one by one",
        voting(regular_readers),
        in_a_day,
    ),
)

# -- rings -----------------------------------------------------------------------------------------


def rings(accounts: int, products: int, **options: Any) -> Make:
    """Accounts that review product after product, among ordinary reviews."""

    def make() -> World:
        w = shops(max(products, 4))
        ring(w, accounts, range(products), **options)
        return w

    return make


def is_member(body: Body) -> bool:
    """A review by one of the ring's accounts."""
    return str(body["reviewer_id"]).startswith("m")


def at_leisure(w: World) -> World:
    """Each account writes when it pleases."""
    r = random.Random(3)
    free = lambda b, day: r.uniform(0, 150) if is_member(b) else day  # noqa: E731
    return when(free, "review.posted")(w)


def strangers_each(w: World) -> World:
    """On every product others write."""
    return each(
        lambda b: (
            {**b, "reviewer_id": f"{b['reviewer_id']}-{b['product_id']}"} if is_member(b) else b
        ),
        "review.posted",
    )(w)


def many_minds(w: World) -> World:
    """The accounts rate as people do."""
    r = random.Random(4)
    return each(
        lambda b: {**b, "rating": r.choice((1, 2, 3, 4, 5))} if is_member(b) else b, "review.posted"
    )(w)


def shown_everywhere(w: World) -> None:
    """One review each, shown on all five variants."""
    for a in range(8):
        for p in range(5):
            w.review(f"p{p}", f"m{a}", a / 3, 5, verified_purchase=False)


def apart(w: World) -> World:
    """The reviews of each product come ten days after those of the one before."""
    later = lambda b, day: day + 10 * int(b["product_id"][1:]) if is_member(b) else day  # noqa: E731
    return when(later, "review.posted")(w)


REVIEW_RING = (
    fires(
        RING,
        "product after product within days",
        "the same accounts each time",
        rings(8, 5, verified=False),
        strangers_each,
    ),
    fires(
        RING,
        "a raid of one-star reviews",
        "they come together each time",
        rings(6, 4, stars=(1, 1, 2)),
        at_leisure,
    ),
    fires(
        RING,
        "a slow drip of verified purchases",
        "they agree with each other",
        rings(8, 6, spread=24, pause=20, skipping=5),
        many_minds,
    ),
    fires(
        RING,
        "without the catalogue",
        "they meet again on other products",
        lambda: less("product.listed")(rings(8, 5)()),
        only(lambda b: not is_member(b) or b["product_id"] == "p0", "review.posted"),
    ),
    quiet(
        RING,
        "reviewers of a sampling programme",
        "the platform runs it",
        rings(8, 5, verified=False, programme="vine"),
        drop("review.posted", "programme"),
    ),
    quiet(
        RING,
        "a family",
        "there are four of them",
        rings(4, 5, verified=False),
        lambda w: rings(8, 5, verified=False)(),
    ),
    quiet(
        RING,
        "a crowd at one launch",
        "they met on one product",
        rings(12, 1, verified=False),
        lambda w: rings(12, 4, verified=False)(),
    ),
    quiet(
        RING,
        "one review shown on all variants",
        "each wrote it all at one moment",
        made(shown_everywhere, lambda: shops(5)),
        apart,
    ),
    quiet(
        RING,
        "a shared taste",
        "everybody writes when it pleases",
        lambda: at_leisure(rings(6, 5)()),
        lambda w: rings(6, 5)(),
    ),
)

EXAMPLES: tuple[Example, ...] = (*VARIATION_ABUSE, *VOTE_MANIPULATION, *REVIEW_RING)
