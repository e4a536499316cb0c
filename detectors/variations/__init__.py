"""Variation relationships between products that are not variants of one thing.

listing  what a product was when it joined a parent, and what became of it (`listing`)
family   the members of one parent, compared with each other (`family`)
"""

from detectors.variations.detector import Variations

__all__ = ["Variations"]
