"""What the events of a world add to its truth: who acts for a seller (its owner, staff, partners
and relations, and whoever sent its messages), and which reviews its messages are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from pipeline.errors import StarwatchError
from pipeline.scorer.lines import read_lines
from pipeline.scorer.truth import Planted


class EventsError(StarwatchError):
    """The events cannot be read; the message says where and why."""


class _Event(Struct, kw_only=True):
    type: str = ""
    account_id: str | None = None
    seller_id: str | None = None
    message_id: str | None = None
    sender_id: str | None = None
    review_id: str | None = None
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Context of sellers, and senders and reviews of what sellers wrote. Empty without events."""

    of_seller: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sender: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    def behind(self, planted: Planted) -> frozenset[str]:
        """The accounts that act for a case's sellers, or sent its messages."""
        senders = {self.sender[m] for m in planted.messages if m in self.sender}
        return frozenset(senders).union(
            *(self.of_seller.get(seller, frozenset()) for seller in planted.sellers)
        )

    def pressed(self, planted: Planted) -> frozenset[str]:
        """The reviews that a case's messages are about."""
        return frozenset(self.about[m] for m in planted.messages if m in self.about)


def read_context(folder: Path) -> Context:
    """The context in a world's `accounts` and `seller-messages` files; either may be missing. Lines
    that are no events are passed over: whether events are sound is not what is scored.

    Raises:
        EventsError: the folder is not there.
    """
    if not folder.is_dir():
        raise EventsError(f"{folder}: no such folder; expected the event files of the world.")
    of_seller: defaultdict[str, set[str]] = defaultdict(set)
    sender: dict[str, str] = {}
    about: dict[str, str] = {}
    for event in _events(folder):
        if event.type in ("account.registered", "relation.declared"):
            if event.seller_id and event.account_id:
                of_seller[event.seller_id].add(event.account_id)
        elif event.direction == "to_buyer" and event.message_id:
            if event.sender_id:
                sender[event.message_id] = event.sender_id
            if event.review_id:
                about[event.message_id] = event.review_id
    return Context({s: frozenset(people) for s, people in of_seller.items()}, sender, about)


def _events(folder: Path) -> Iterator[_Event]:
    decoder = msgspec.json.Decoder(_Event)
    for topic in ("accounts", "seller-messages"):
        for path in (folder / f"{topic}.jsonl", folder / f"{topic}.jsonl.gz"):
            if path.is_file():
                for _, line in read_lines(path, EventsError):
                    try:
                        yield decoder.decode(line)
                    except (msgspec.DecodeError, UnicodeDecodeError):
                        continue
