"""Who acts for a seller, as the events of the world tell: its owner, staff, partners and relations,
and whoever sent its messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
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
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """The accounts behind sellers and behind what sellers wrote; without events none is known."""

    of_seller: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sender: Mapping[str, str] = field(default_factory=dict)

    def behind(self, planted: Planted) -> frozenset[str]:
        """The accounts that act for a case's sellers, or sent its messages."""
        senders = {self.sender[m] for m in planted.messages if m in self.sender}
        return frozenset(senders).union(
            *(self.of_seller.get(seller, frozenset()) for seller in planted.sellers)
        )


def read_people(folder: Path) -> People:
    """The people in a world's `accounts` and `seller-messages` files; either may be missing. Lines
    that are no events are passed over: whether events are sound is not what is scored.

    Raises:
        EventsError: the folder is not there.
    """
    if not folder.is_dir():
        raise EventsError(f"{folder}: no such folder; expected the event files of the world.")
    decoder = msgspec.json.Decoder(_Event)
    of_seller: defaultdict[str, set[str]] = defaultdict(set)
    sender: dict[str, str] = {}
    for path in (
        folder / f"{topic}{suffix}"
        for topic in ("accounts", "seller-messages")
        for suffix in (".jsonl", ".jsonl.gz")
    ):
        if not path.is_file():
            continue
        for _, line in read_lines(path, EventsError):
            try:
                event = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if event.type in ("account.registered", "relation.declared"):
                if event.seller_id and event.account_id:
                    of_seller[event.seller_id].add(event.account_id)
            elif event.direction == "to_buyer" and event.message_id and event.sender_id:
                sender[event.message_id] = event.sender_id
    return People({s: frozenset(accounts) for s, accounts in of_seller.items()}, sender)
