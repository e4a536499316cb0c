"""The catalogue entry of the variation detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.tables import HEADS, HEADS_OF_PRODUCT, LISTING, LISTINGS, LISTINGS_OF_PRODUCT
from detectors.variations import family, listing
from detectors.variations.likeness import variant_words
from detectors.variations.tables import (
    CHANGES,
    CHANGES_OF_PRODUCT,
    FAMILY,
    MEMBERS,
    VariationSettings,
)


@dataclass(frozen=True)
class Variations(Detector):
    """Products under one parent that are not variants of one thing; listings reused for another."""

    name = listing.NAME
    version = "1"
    clauses = ("variation_abuse",)
    settings_type = VariationSettings
    doc = Doc(
        summary=(
            "Products that a seller joined under one parent although title, category and brand "
            "show that they are different things, so that each is shown with the other's reviews; "
            "and a listing with reviews that was rewritten for another product. Words for colour, "
            "size, pack and model line are left out of the comparison, and a bundle is a variant "
            "of whatever it names."
        ),
        inputs=(
            "product.listed",
            "variation.added",
            "variation.removed",
            "review.posted",
            "review.edited",
            "review.removed",
        ),
        blind_without=(
            "Without product.listed it does not know what the products are, without the variation "
            "events not that they were joined. Without reviews it cannot say what was gained. "
            "Different things of one brand in one category leaf look like one thing under "
            "translated titles: they are left alone."
        ),
        false_positives=(
            "A renamed product whose category moved to another branch at the same time.",
            "A brand that sells one thing under two brand names in one leaf.",
        ),
        runbook=(
            "Open both products' pages: would a buyer call them variants of one thing?",
            "Compare their stars and review counts before and after the join.",
            "Read some of the reviews shown: which of the products do they speak of?",
            "See whether it was joined again after a split: then treat it as intended.",
        ),
        actions=("Report both products and the parent; ask that the family be split.",),
    )

    settings: VariationSettings = field(default_factory=VariationSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (LISTINGS_OF_PRODUCT, HEADS_OF_PRODUCT, CHANGES_OF_PRODUCT)

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "variations.listing",
                LISTING,
                (CHANGES, LISTINGS, HEADS),
                partial(listing.judge, settings=settings),
                (MEMBERS,),
                focus=(CHANGES,),
            ),
            Judge(
                "variations.family", FAMILY, (MEMBERS,), partial(family.judge, settings=settings)
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return "\n".join(sorted(variant_words())).encode()
