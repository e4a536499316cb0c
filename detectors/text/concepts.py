"""The language-neutral concepts that lexicons name and rules combine.

A set of concepts is an integer, one bit each, so that a rule over a sentence is a few operations
on integers. What each concept means, for those who edit lexicons, stands in docs/text.md.
"""

from __future__ import annotations

import functools
from typing import Final

NAMES: Final = (
    # The review and its stars
    "review", "rate", "opinion", "public", "star", "five", "low", "good", "bad", "write",
    # What is asked of a review that stands
    "change", "remove", "changed", "alterit", "more", "rise", "stays",
    # Asking
    "please",
    # Rewards
    "reward", "amount", "money", "free", "care", "refund", "back", "price", "give", "gave",
    "payment", "ready",
    # What ties one to the other
    "if", "after", "exchange", "for", "proof", "untied", "everyone", "balanced", "or",
    # The happy and the unhappy
    "happy", "unhappy", "hope", "leisure", "before", "happyface", "sadface",
    # Where to talk
    "contact", "channel", "chatapp", "reached", "phoned", "private", "address", "phone",
    "inplatform", "thirdparty",
    # Clubs of testers
    "club", "group", "broker", "profile", "join", "monthly", "vine",
    # Clicks on reviews
    "helpful", "abuse", "flag", "press", "reported",
    # Own products, rivals, insiders
    "maker", "ourselves", "alias", "account", "iwrite", "iwork", "pose", "unmasked", "competitor",
    "plug", "ours", "family", "insider", "runs", "firm", "role", "staff",
    # Variations that are none
    "otherproduct", "about", "contrast", "listing", "merge", "swapped", "samekind",
    # The card in the package
    "card", "warranty", "inbox",
    # Who says it, and how
    "not", "but", "until", "prohibit", "warn", "secrecy", "howto", "thanksreview", "bought",
    "defect", "report", "seller", "tell", "promise", "due", "me", "yousaid", "yougave",
    "demand",
    "general", "denial", "inquire", "question", "mask",
    # Acts (acts.toml), and what they are made of
    "rev", "request", "alter", "altered", "click", "divert", "positive", "kin", "kinreview",
    "post", "unalter", "kept", "reviewsof", "elsewhere", "kinfirm", "worker", "asksaddress",
    "throughamazon", "gift", "cash", "told", "object", "target", "claim",
)  # fmt: skip

BIT: Final = {name: 1 << i for i, name in enumerate(NAMES)}
INDEX: Final = {name: i for i, name in enumerate(NAMES)}
ACTS: Final = NAMES[NAMES.index("rev") :]
DERIVED: Final = frozenset((*ACTS, "address", "phone", "question"))
"""Concepts that no lexicon lists: they are found by their form or by what stands together."""


def bits(names: str) -> int:
    """The set of these concepts, given as their names with spaces between."""
    mask = 0
    for name in names.split():
        mask |= BIT[name]
    return mask


def names(mask: int) -> tuple[str, ...]:
    """The names of a set's concepts, in their fixed order."""
    return tuple(name for name in NAMES if mask & BIT[name])


@functools.cache
def numbers(mask: int) -> tuple[int, ...]:
    """The numbers of a set's concepts, ascending."""
    return tuple(number for number in range(len(NAMES)) if mask >> number & 1)
