"""Every line is an event of the contract, in its place and order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.decode import decode
from schemas.events import TOPICS
from tests.simulator.conftest import Made

OLDER = ("accounts", "catalog")
"""Topics that tell of what there was before the window, too."""


@pytest.mark.parametrize("topic", TOPICS)
def test_every_line_decodes_into_its_topic(full: Made, topic: str) -> None:
    for line in full.lines(topic):
        assert isinstance(decode(line.rstrip(b"\n")), TOPICS[topic])


@pytest.mark.parametrize("topic", TOPICS)
def test_files_are_in_the_order_of_time_and_id(full: Made, topic: str) -> None:
    keys = [(e["occurred_at"][:-1].ljust(26, "0"), e["event_id"]) for e in full.events(topic)]
    moments = [(datetime.fromisoformat(e["occurred_at"]), e["event_id"])
               for e in full.events(topic)]  # fmt: skip
    assert moments == sorted(moments)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("topic", TOPICS)
def test_events_lie_in_the_window(full: Made, topic: str) -> None:
    first = datetime.combine(full.settings.start, datetime.min.time(), UTC)
    last = first + timedelta(days=full.settings.days)
    for event in full.events(topic):
        at = datetime.fromisoformat(event["occurred_at"])
        assert at < last
        assert topic in OLDER or at >= first


def test_event_ids_are_unique(full: Made) -> None:
    ids = [event["event_id"] for topic in TOPICS for event in full.events(topic)]
    assert len(set(ids)) == len(ids)


def test_size_is_what_the_scale_promises(full: Made, small: Made) -> None:
    assert 140_000 < sum(full.summary.events.values()) < 175_000
    assert sum(small.summary.events.values()) == pytest.approx(0.05 * 155_000, rel=0.25)


def test_marketplaces_and_languages(full: Made) -> None:
    reviews = full.events("reviews", "review.posted")
    swedish = sum(r["marketplace"] == "amazon.se" for r in reviews) / len(reviews)
    assert 0.6 < swedish < 0.85
    spoken = {r.get("lang") for r in reviews} | {
        m.get("lang") for m in full.events("seller-messages")
    }
    assert {"sv", "en", "de", "da", "fi", "no", "nl", "fr", "it", "es", "pl", "pt"} <= spoken


def test_most_products_have_an_address(full: Made) -> None:
    listed = full.events("catalog", "product.listed")
    share = sum("url" in event for event in listed) / len(listed)
    assert 0.85 < share < 0.98
