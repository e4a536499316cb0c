"""`self_review` and `insider_review`: the seller and its people as reviewers; and strangers, flat
mates and families that merely share a network or an address."""

from __future__ import annotations

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.clock import DAY

# A seller that reviews.


@planted("self_review", "open_account", 1)
def open_account(cast: Casting) -> None:
    """The owner's account praises the shop's own products under its own id."""
    seller = cast.seller(products=2)
    for product in seller.products[:2]:
        cast.review(product, cast.time(), None, 5, author=seller.owner, orders=False)


@planted("self_review", "text_tells", 2)
def text_tells(cast: Casting) -> None:
    """Nothing ties the accounts to the seller, but what they write does."""
    seller = cast.seller()
    product = seller.products[0]
    times = cast.burst(2, 20)
    for buyer, at in zip(cast.crew(seller, 2, times), times, strict=True):
        cast.review(product, at, buyer, 5, tell="tell_maker", orders=False)


@planted("self_review", "same_bank", 2)
def same_bank(cast: Casting) -> None:
    """Fresh buyer accounts that share the owner's bank account and device."""
    seller = cast.seller()
    times = cast.burst(3, 8)
    crew = cast.crew(seller, 3, times, "fresh", dormant=True)
    cast.share([seller.owner, *crew], "bank_account", times[0])
    cast.share([seller.owner, *crew], "device", times[0])
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, 5)


@planted("self_review", "staff_device", 3)
def staff_device(cast: Casting) -> None:
    """Buyer accounts that share one device with an employee's account, a review a fortnight."""
    seller = cast.seller(staff=1)
    times = cast.spread(4)
    crew = cast.crew(seller, 4, times, "mixed", dormant=True)
    cast.share([seller.staff[0], *crew], "device", times[0])
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, 5, own_time=True)


@planted("self_review", "attacks_rival", 3)
def attacks_rival(cast: Casting) -> None:
    """Accounts that share the seller's phone or address put one star on a competitor."""
    seller = cast.seller()
    rival = cast.rival(seller.products[0])
    times = cast.burst(3, 12)
    crew = cast.crew(seller, 3, times, "mixed")
    cast.share([seller.owner, crew[0]], "phone", times[0])
    cast.share([seller.owner, *crew[1:]], "address", times[0])
    cast.share([seller.owner, *crew], "ip", times[0])
    for buyer, at in zip(crew, times, strict=True):
        tell = "rival_plug" if cast.rng.random() < 0.4 else None
        rating = 1 + (cast.rng.random() < 0.3)
        cast.review(rival, at, buyer, rating, orders=False, tell=tell, shop=seller.shop)


@planted("self_review", "sister_shop", 4)
def sister_shop(cast: Casting) -> None:
    """The owner of two shops, with one tax number, lets the accounts of each praise the other."""
    shops = [cast.seller(market=0, staff=1) for _ in range(2)]
    times = cast.spread(4)
    cast.share([shop.owner for shop in shops], "tax_id", cast.clock.start)
    crew = cast.crew(0, 4, times, "mixed")
    for number, (buyer, at) in enumerate(zip(crew, times, strict=True)):
        praised, praising = shops[number % 2], shops[1 - number % 2]
        cast.share([praising.staff[0], buyer], "device", at)
        cast.review(praised.products[0], at, buyer, 5, own_time=True)


@planted("self_review", "aged_with_camouflage", 4)
def aged_with_camouflage(cast: Casting) -> None:
    """Old accounts with an honest history; each shares one identifier of its own with the owner,
    seen long ago."""
    seller = cast.seller(products=2)
    times = cast.spread(3)
    crew = cast.crew(seller, 3, times, "aged")
    for buyer, kind in zip(crew, ("payment_card", "phone", "device"), strict=True):
        cast.share([seller.owner, buyer], kind, cast.clock.start)  # type: ignore[arg-type]
    cast.camouflage(crew, 4, seller.market)
    for number, (buyer, at) in enumerate(zip(crew, times, strict=True)):
        cast.review(seller.products[number % 2], at, buyer, 4 + (cast.rng.random() < 0.8))


@planted("self_review", "behind_a_partner", 5)
def behind_a_partner(cast: Casting) -> None:
    """The reviewers share a device and a card with the agency that works for the seller, nothing
    with the seller; one review in many weeks, among honest ones."""
    seller = cast.seller(products=2)
    agency = cast.agency(seller)
    times = cast.spread(3)
    crew = cast.crew(seller, 3, times, "aged")
    cast.share([agency, *crew[:2]], "device", times[0])
    cast.share([agency, crew[2]], "payment_card", times[0])
    cast.camouflage(crew, 3, seller.market)
    for number, (buyer, at) in enumerate(zip(crew, times, strict=True)):
        cast.review(seller.products[number % 2], at, buyer, 5, own_time=True)


# Its people that review.


@planted("insider_review", "declared_employee", 1)
def declared_employee(cast: Casting) -> None:
    """A declared employee reviews with the staff account itself."""
    seller = cast.seller(staff=2)
    for account, at in zip(seller.staff[:2], cast.burst(2, 10), strict=True):
        cast.review(seller.products[0], at, None, 5, author=account, orders=False)


@planted("insider_review", "declared_family", 2)
def declared_family(cast: Casting) -> None:
    """Buyers whose family tie to the seller is declared."""
    seller = cast.seller()
    times = cast.burst(2, 25)
    crew = cast.crew(seller, 2, times, "mixed")
    for buyer, at in zip(crew, times, strict=True):
        cast.related(seller, buyer, "family", cast.people.joined[buyer] + DAY)
        cast.review(seller.products[0], at, buyer, 5)


@planted("insider_review", "text_tells", 2)
def insider_text_tells(cast: Casting) -> None:
    """A relative says so in the review; nothing else shows it."""
    seller = cast.seller()
    times = cast.burst(2, 30)
    for buyer, at in zip(cast.crew(seller, 2, times), times, strict=True):
        cast.review(seller.products[0], at, buyer, 5, tell="tell_insider")


@planted("insider_review", "household_of_staff", 3)
def household_of_staff(cast: Casting) -> None:
    """Buyers who share home address and payment card with an employee."""
    seller = cast.seller(staff=2)
    times = cast.burst(3, 40)
    crew = cast.crew(seller, 3, times, "mixed")
    cast.share([seller.staff[0], *crew], "address", times[0])
    cast.share([seller.staff[0], *crew[:2]], "payment_card", times[0])
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, 5, own_time=True)


@planted("insider_review", "staff_against_rival", 3)
def staff_against_rival(cast: Casting) -> None:
    """Employees with buyer accounts of their own put one star on a competitor."""
    seller = cast.seller(staff=2)
    rival = cast.rival(seller.products[0])
    times = cast.burst(2, 15)
    crew = cast.crew(seller, 2, times, "mixed")
    for staff, buyer, at in zip(seller.staff, crew, times, strict=False):
        cast.share([staff, buyer], "phone", at)
        cast.share([staff, buyer], "address", at)
        cast.review(rival, at, buyer, 1)


@planted("insider_review", "staff_behind_partner", 4)
def staff_behind_partner(cast: Casting) -> None:
    """People of the agency: they share address and bank account with its account, and the agency
    is declared as the seller's."""
    seller = cast.seller(products=2)
    agency = cast.agency(seller)
    times = cast.spread(4)
    crew = cast.crew(seller, 4, times, "mixed")
    cast.share([agency, *crew[:2]], "bank_account", times[0])
    cast.share([agency, *crew[2:]], "address", times[0])
    for number, (buyer, at) in enumerate(zip(crew, times, strict=True)):
        cast.review(seller.products[number % 2], at, buyer, 5, own_time=True)


@planted("insider_review", "declared_too_late", 5)
def declared_too_late(cast: Casting) -> None:
    """The tie is declared weeks after the review, of an aged account with an honest history."""
    seller = cast.seller()
    times = cast.burst(2, 30)
    crew = cast.crew(seller, 2, times, "aged")
    cast.camouflage(crew, 3, seller.market)
    for buyer, at in zip(crew, times, strict=True):
        later = min(at + 25 * DAY, cast.clock.end - DAY)
        cast.related(seller, buyer, cast.rng.choice(("employee", "family")), later)
        cast.review(seller.products[0], at, buyer, 4 + (cast.rng.random() < 0.7))


# Not insiders.


def _strangers(cast: Casting, kind: str, count: int, rating: int | None = None) -> None:
    """Buyers who share an IP address with the seller, and many others do."""
    seller = cast.seller()
    times = cast.spread(4)
    crew = cast.crew(seller, 4, times, "mixed")
    ip = cast.world.identity.identifier("ip", kind, cast.record.number)
    crowd = cast.crew(seller, count, times[0], "mixed")
    cast.seen([seller.owner, *crew, *crowd], "ip", ip, times[0])
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, rating)


@lookalike("self_review", "vpn_exit", "owner_too")
def vpn_exit(cast: Casting) -> None:
    """The owner surfs behind the VPN exit that dozens of others use."""
    _strangers(cast, "vpn-exit", 40)


@lookalike("self_review", "vpn_exit", "rivals_customers")
def vpn_exit_rivals(cast: Casting) -> None:
    """Behind the owner's VPN exit somebody dislikes a competitor."""
    seller = cast.seller()
    rival = cast.rival(seller.products[0])
    times = cast.spread(2)
    crew = cast.crew(seller, 30, times[0], "mixed")
    cast.share([seller.owner, *crew], "ip", times[0])
    for buyer, at in zip(crew[:2], times, strict=True):
        cast.review(rival, at, buyer, 2, orders=True)


@lookalike("self_review", "carrier_nat", "mobile_buyers")
def carrier_nat(cast: Casting) -> None:
    """A carrier's address translation puts half the town behind one address."""
    _strangers(cast, "carrier-nat", 55)


@lookalike("self_review", "carrier_nat", "all_five_stars")
def carrier_nat_five(cast: Casting) -> None:
    """The same, and those who share it happen to be happy."""
    _strangers(cast, "carrier-nat-2", 45, rating=5)


@lookalike("self_review", "office_network", "colleagues_of_the_owner")
def office_network(cast: Casting) -> None:
    """The owner has a day job; colleagues bought the product without knowing."""
    _strangers(cast, "office-net", 22)


@lookalike("self_review", "shop_network", "customers_on_wifi")
def shop_network(cast: Casting) -> None:
    """Customers were in the seller's physical shop, on its guest network."""
    _strangers(cast, "shop-net", 18)


@lookalike("insider_review", "family_among_themselves", "one_household")
def family(cast: Casting) -> None:
    """A family shares everything and reviews the same product, but has no tie to the seller."""
    seller = cast.seller()
    times = cast.burst(4, 12)
    crew = cast.crew(seller, 4, times, "mixed")
    for kind in ("address", "ip", "payment_card"):
        cast.share(crew, kind, times[0])
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, 5)


@lookalike("insider_review", "family_among_themselves", "several_shops")
def family_shops(cast: Casting) -> None:
    """A family that buys together from three shops."""
    sellers = [cast.seller(market=0) for _ in range(3)]
    times = cast.spread(9)
    crew = cast.crew(sellers[0], 3, times[0], "mixed")
    for kind in ("address", "device"):
        cast.share(crew, kind, times[0])
    for number, at in enumerate(times):
        cast.review(sellers[number // 3].products[0], at, crew[number % 3], None)


@lookalike("insider_review", "dormitory", "one_of_them_sells")
def dormitory(cast: Casting) -> None:
    """The owner once lived in a student house, and so do forty buyers."""
    seller = cast.seller()
    times = cast.spread(4)
    crew = cast.crew(seller, 40, times[0], "mixed")
    cast.share([seller.owner, *crew], "address", times[0])
    for buyer, at in zip(crew[:4], times, strict=True):
        cast.review(seller.products[0], at, buyer, None)


@lookalike("insider_review", "dormitory", "staff_lives_there")
def dormitory_staff(cast: Casting) -> None:
    """An employee rents a room in a house with many tenants and one network."""
    seller = cast.seller(staff=1)
    times = cast.spread(3)
    crew = cast.crew(seller, 32, times[0], "mixed")
    cast.share([seller.staff[0], *crew], "address", times[0])
    cast.share([seller.staff[0], *crew], "ip", times[0])
    for buyer, at in zip(crew[:3], times, strict=True):
        cast.review(seller.products[0], at, buyer, 5)


@lookalike("insider_review", "former_address", "next_tenant")
def former_address(cast: Casting) -> None:
    """Buyers live where an employee lived years ago."""
    seller = cast.seller(staff=1)
    times = cast.spread(2)
    crew = cast.crew(seller, 2, times, "fresh")
    address = cast.new_identifier("address")
    cast.seen([seller.staff[0]], "address", address, cast.clock.start - 8 * DAY)
    cast.share([seller.staff[0]], "address", times[0])
    cast.seen(crew, "address", address, times[0])
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, None)


@lookalike("insider_review", "former_address", "employee_left")
def employee_left(cast: Casting) -> None:
    """Somebody who left the company long before buys from it like anybody else."""
    seller = cast.seller()
    at = cast.time()
    (buyer,) = cast.crew(seller, 1, at, "aged")
    joined = cast.people.joined[buyer]
    cast.world.is_related(
        cast.people.id[buyer], seller.id, "employee", joined + DAY, until=joined + 30 * DAY
    )
    cast.review(seller.products[0], at, buyer, None)
