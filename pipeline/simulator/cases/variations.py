"""`variation_abuse`: products that have nothing to do with each other under one parent; and
colours, sizes, packs, bundles and model years."""

from __future__ import annotations

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.catalogue import Product
from pipeline.simulator.clock import DAY
from pipeline.simulator.markets import Leaf


def _other_leaf(cast: Casting, product: Product, near: bool = False) -> Leaf:
    """A leaf of another branch, or with `near` another leaf of the same one."""
    branch = product.leaf.path.split("/", maxsplit=1)[0]
    leaves = [
        leaf
        for leaf in cast.world.taxonomy.leaves
        if leaf is not product.leaf and (leaf.path.split("/", maxsplit=1)[0] == branch) == near
    ]
    return cast.rng.choice(leaves) if leaves else _other_leaf(cast, product)


def _pair(cast: Casting, *, near: bool = False) -> tuple[Product, Product]:
    """A well-liked product, and a poor one of another kind, of one seller."""
    seller = cast.seller(orders=40)
    liked = seller.products[0]
    liked.quality += 0.7
    poor = cast.world.catalogue.add(seller, _other_leaf(cast, liked, near), cast.rng)
    cast.settle(poor, 15)
    poor.quality -= 0.7
    cast.record.products.add(poor.id)
    return liked, poor


def _join(cast: Casting, product: Product, parent: str, theme: str | None, at: int) -> None:
    cast.world.joins(product, parent, theme, at)
    cast.record.act(at)


def _parent(cast: Casting) -> str:
    return cast.world.identity.product("case family", cast.record.kind, cast.record.number)


@planted("variation_abuse", "unrelated_products", 1)
def unrelated(cast: Casting) -> None:
    """A garden hose becomes a colour of a headphone."""
    liked, poor = _pair(cast)
    parent, at = _parent(cast), cast.time(10)
    _join(cast, liked, parent, "color", at)
    _join(cast, poor, parent, "color", at + DAY // 8)


@planted("variation_abuse", "several_at_once", 1)
def several(cast: Casting) -> None:
    """Four products of four kinds under one parent."""
    liked, poor = _pair(cast)
    parent, at = _parent(cast), cast.time(10)
    _join(cast, liked, parent, "style", at)
    _join(cast, poor, parent, "style", at + DAY // 9)
    for number in range(2):
        other = cast.world.catalogue.add(liked.seller, _other_leaf(cast, liked), cast.rng)
        cast.settle(other, 8)
        cast.record.products.add(other.id)
        _join(cast, other, parent, "style", at + (number + 1) * DAY // 6)


@planted("variation_abuse", "old_listing_revived", 2)
def revived(cast: Casting) -> None:
    """A listing that no longer sells lends its stars to a new product."""
    liked, fresh = _pair(cast)
    at = cast.time(40)
    fresh.listed = at - DAY
    parent = _parent(cast)
    _join(cast, liked, parent, "size", at)
    _join(cast, fresh, parent, "size", at + DAY // 5)


@planted("variation_abuse", "joined_and_left", 3)
def joined_and_left(cast: Casting) -> None:
    """Together for ten days at a time, whenever stars are needed."""
    liked, poor = _pair(cast)
    parent, at = _parent(cast), cast.time(50)
    _join(cast, liked, parent, "color", at)
    for turn in range(3):
        start = at + turn * 15 * DAY + DAY // 4
        _join(cast, poor, parent, "color", start)
        cast.world.leaves(poor, parent, "color", start + 10 * DAY)


@planted("variation_abuse", "same_branch", 4)
def same_branch(cast: Casting) -> None:
    """Two things of one branch of the catalogue that are not the same thing."""
    liked, poor = _pair(cast, near=True)
    poor.brand = liked.brand
    parent, at = _parent(cast), cast.time(10)
    _join(cast, liked, parent, "style", at)
    _join(cast, poor, parent, "style", at + DAY // 3)


@planted("variation_abuse", "listing_rewritten", 4)
def rewritten(cast: Casting) -> None:
    """After the join the poor product's title is rewritten to resemble the other."""
    liked, poor = _pair(cast)
    poor.brand = liked.brand
    parent, at = _parent(cast), cast.time(20)
    _join(cast, liked, parent, "color", at)
    _join(cast, poor, parent, "color", at + DAY // 3)
    title = cast.world.catalogue.title(liked)
    poor.rewrites.append((at + 3 * DAY, {"title": title, "category": liked.leaf.path}))


@planted("variation_abuse", "through_a_bundle", 5)
def through_a_bundle(cast: Casting) -> None:
    """A bundle that contains both stands between them, and makes it look plausible."""
    liked, poor = _pair(cast, near=True)
    bundle = cast.world.catalogue.add(liked.seller, liked.leaf, cast.rng)
    cast.settle(bundle, 6)
    bundle.brand = poor.brand = liked.brand
    language = liked.seller.marketplace.title_language
    bundle.title = f"{liked.name} {liked.noun_in(language)} + {poor.noun_in(language)}"
    cast.record.products.add(bundle.id)
    parent, at = _parent(cast), cast.time(40)
    _join(cast, liked, parent, "style", at)
    _join(cast, bundle, parent, "style", at + 2 * DAY)
    _join(cast, poor, parent, "style", at + 20 * DAY)


def _family(cast: Casting, theme: str, endings: list[str], *, late: bool = False) -> None:
    """One product in several forms under one parent, as it should be."""
    seller = cast.seller(orders=35)
    first = seller.products[0]
    parent = _parent(cast)
    at = cast.time(20) if late else first.listed + DAY
    base = cast.world.catalogue.title(first).rsplit(",", 1)[0]
    for number, ending in enumerate(endings):
        product = first
        if number:
            product = cast.world.catalogue.add(seller, first.leaf, cast.rng)
            product.brand, product.mark, product.noun = first.brand, first.mark, first.noun
            product.quality = first.quality + cast.rng.gauss(0, 0.2)
            product.listed = first.listed + DAY // 4
            product.floor = 8
            if theme == "color":
                product.colour = (first.colour + number) % 8
        if theme != "color":
            product.title = f"{base}, {ending}"
            product.attributes = {theme: ending}
        cast.record.products.add(product.id)
        if not late:
            cast.watch(product)
        when = max(at, product.listed + DAY) + number * DAY // 10
        cast.world.joins(product, parent, theme, when)
        cast.record.act(when)


@lookalike("variation_abuse", "colours", "from_the_start")
def colours(cast: Casting) -> None:
    """One thing in four colours."""
    _family(cast, "color", ["", "", "", ""])


@lookalike("variation_abuse", "colours", "new_colour_later")
def colours_late(cast: Casting) -> None:
    """The family is formed while people watch."""
    _family(cast, "color", ["", "", ""], late=True)


@lookalike("variation_abuse", "sizes", "letters")
def sizes(cast: Casting) -> None:
    """S to XL."""
    _family(cast, "size", ["S", "M", "L", "XL"], late=True)


@lookalike("variation_abuse", "sizes", "measures")
def measures(cast: Casting) -> None:
    """By the centimetre."""
    _family(cast, "size", ["60 × 40 cm", "80 × 50 cm", "120 × 60 cm"], late=True)


@lookalike("variation_abuse", "packs", "counts")
def packs(cast: Casting) -> None:
    """One, two, five."""
    _family(cast, "pack", ["1 st", "2-pack", "5-pack"], late=True)


@lookalike("variation_abuse", "bundles", "with_accessory")
def bundles(cast: Casting) -> None:
    """The same thing with something that belongs to it."""
    _family(cast, "style", ["", "+ case", "+ case + cable"], late=True)


@lookalike("variation_abuse", "model_years", "successor")
def model_years(cast: Casting) -> None:
    """This year's model beside last year's."""
    _family(cast, "edition", ["2022", "2023", "2024"], late=True)
