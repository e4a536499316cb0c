"""Every example of every clause."""

from __future__ import annotations

from tests.catalogue import asking, offers, people, stars
from tests.catalogue.example import Example

EXAMPLES: tuple[Example, ...] = (
    *people.EXAMPLES,
    *offers.EXAMPLES,
    *asking.EXAMPLES,
    *stars.EXAMPLES,
)
