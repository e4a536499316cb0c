"""Ids, order and time of day carry no label: a learner trained on them in one world does no better
than chance in another."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from tests.simulator.conftest import Made, Record

MARGIN = 0.05
"""With some 500 positives that come in clusters, an AUC of chance wanders by about 0.03."""

Features = tuple[NDArray[np.float64], NDArray[np.bool_]]


def characters(text: str, length: int) -> list[float]:
    return [float(ord(letter)) for letter in text[:length].ljust(length)]


def second_of_day(moment: str) -> float:
    return int(moment[11:13]) * 3600 + int(moment[14:16]) * 60 + float(moment[17:-1])


def features(
    rows: Iterable[tuple[int, Record]], size: int, ids: tuple[str, ...]
) -> NDArray[np.float64]:
    """One row an event: the characters of its ids, its second of the day, its place in the file."""
    return np.array(
        [
            [letter for key in ids for letter in characters(event.get(key) or "", 14)]
            + characters(event["event_id"], 24)
            + [second_of_day(event["occurred_at"]), place / size]
            for place, event in rows
        ]
    )


def reviews(made: Made) -> Features:
    events = made.events("reviews")
    planted = {review for record in made.planted for review in record["reviews"]}
    rows = [(i, e) for i, e in enumerate(events) if e["type"] == "review.posted"]
    return (
        features(rows, len(events), ("review_id", "reviewer_id", "order_id")),
        np.array([event["review_id"] in planted for _, event in rows]),
    )


def accounts(made: Made) -> Features:
    """Buyers who ever reviewed or voted: those of whom one would ask."""
    events = made.events("accounts")
    acting = {e["reviewer_id"] for e in made.events("reviews")}
    acting |= {e["voter_id"] for e in made.events("votes")}
    planted = {account for record in made.planted for account in record["accounts"]}
    rows = [
        (i, e)
        for i, e in enumerate(events)
        if e["type"] == "account.registered" and e["account_id"] in acting
    ]
    return (
        features(rows, len(events), ("account_id",)),
        np.array([event["account_id"] in planted for _, event in rows]),
    )


def messages(made: Made) -> Features:
    events = made.events("seller-messages")
    planted = {message for record in made.planted for message in record["messages"]}
    return (
        features(enumerate(events), len(events), ("message_id", "buyer_id")),
        np.array([event["message_id"] in planted for event in events]),
    )


def transfer(extract: Callable[[Made], Features], one: Made, two: Made) -> float:
    """The area under the ROC curve in the other world, over both directions."""
    worlds = extract(one), extract(two)
    areas = []
    for (learned, labels), (unseen, expected) in (worlds, worlds[::-1]):
        model = HistGradientBoostingClassifier(
            max_iter=60, max_depth=3, learning_rate=0.05, random_state=0
        ).fit(learned, labels)
        areas.append(roc_auc_score(expected, model.predict_proba(unseen)[:, 1]))
    return float(np.mean(areas))


def test_reviews_do_not_leak(full: Made, other: Made) -> None:
    assert abs(transfer(reviews, full, other) - 0.5) < MARGIN


def test_accounts_do_not_leak(full: Made, other: Made) -> None:
    assert abs(transfer(accounts, full, other) - 0.5) < MARGIN


def test_messages_do_not_leak(full: Made, other: Made) -> None:
    assert abs(transfer(messages, full, other) - 0.5) < MARGIN


def test_the_learner_finds_a_leak_where_there_is_one(full: Made, other: Made) -> None:
    def leaking(made: Made) -> Features:
        values, labels = reviews(made)
        values[labels, -2] *= 0.5  # planted in the first half of the day
        return values, labels

    assert transfer(leaking, full, other) > 0.5 + 1.5 * MARGIN
