"""Messages of one thread read together: what two show that neither does alone, what explains one,
and near-misses that differ in one thing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from schemas.alerts import Alert
from tests.detectors.test_seller_messages import found, message
from tests.detectors.world import World, encode

CARD = "package_insert"

PAIRS: dict[str, tuple[str, str, str]] = {
    "a gift, then what it waits for": (
        "incentive_offer",
        "We have a little gift for you.",
        "It is on its way as soon as your review is up.",
    ),
    "a sum in Swedish": (
        "incentive_offer",
        "Du är utvald: vi har lagt undan 200 kr åt dig.",
        "Vi släpper den så snart din recension syns på produktsidan.",
    ),
    "the price back, in Swedish": (
        "refund_after_review",
        "Du kan få tillbaka det du betalade och ändå behålla lampan.",
        "Det sker dagen efter att din recension har publicerats.",
    ),
    "money given, then the wish": (
        "paid_change",
        "We refunded you.",
        "Would you now take the review down?",
    ),
    "what the change is worth comes after the wish": (
        "paid_change",
        "Please change the review to five stars first.",
        "Then we will transfer 30 euro to you.",
    ),
    "the request, then what it brings": (
        "incentive_offer",
        "Would you write a review of the lamp?",
        "Once it is online we will send you a gift card of 20 euro.",
    ),
}
INNOCENT: dict[str, tuple[str, str]] = {
    "a gift for a defect, and a request that is tied to nothing": (
        "Sorry that it arrived broken. We have put a small gift into the parcel with the new one.",
        "We would be grateful for an honest review, good or bad.",
    ),
    "a discount for everybody": (
        "This week there is a 20 % discount for all customers.",
        "Feel free to share an honest review.",
    ),
    "a refund of what came back, and a neutral request": (
        "Your return has arrived, so we have refunded the full price.",
        "Reviews help other customers, whatever you think of the lamp.",
    ),
    "a neutral request, and help with what is wrong": (
        "Feel free to share an honest review.",
        "It should not be like that. Send us a picture of it and we will help you.",
    ),
    "shipping costs, and a request": (
        "Shipping costs 49 kr.",
        "When you have used it for a while, please tell others what you think.",
    ),
}
HOW = "You can update or delete your review at any time under Your reviews."


def thread(first: str, then: str, **fields: str) -> World:
    made = World()
    made.listed("p1", "s1")
    message(made, first, 1.0, **fields)
    message(made, "Okay.", 1.5, direction="from_buyer", **fields)
    message(made, then, 2.0, **fields)
    return made


@pytest.mark.parametrize("kind", PAIRS)
def test_two_messages_show_together_what_neither_does_alone(kind: str) -> None:
    clause, first, then = PAIRS[kind]
    (case,) = found(thread(first, then))
    assert case.clause == clause
    assert len(case.messages) == 2
    assert {e.type for e in case.evidence} == {"message.sent"}
    assert len({e.event_id for e in case.evidence}) == 2
    for alone in (first, then):
        made = World()
        message(made, alone, 1.0)
        assert clause not in {a.clause for a in found(made)}


@pytest.mark.parametrize("kind", INNOCENT)
@pytest.mark.parametrize("turned", [False, True])
def test_neighbours_that_do_not_complete_each_other_show_nothing(kind: str, turned: bool) -> None:
    one, other = INNOCENT[kind]
    assert found(thread(other, one) if turned else thread(one, other)) == []


@pytest.mark.parametrize(
    "apart",
    [{"buyer_id": "b2"}, {"seller_id": "s2"}, {"order_id": "o2"}, {"product_id": "p2"}],
    ids=lambda d: next(iter(d)),
)
def test_texts_of_different_threads_are_not_read_together(apart: dict[str, str]) -> None:
    _, first, then = PAIRS["a gift, then what it waits for"]
    made = World()
    about = {"order_id": "o1", "product_id": "p1"}
    message(made, first, 1.0, **about)
    message(made, then, 2.0, **{**about, **apart})
    assert found(made) == []


@pytest.mark.parametrize(("days", "opens"), [(3, True), (29, False)])
def test_what_lies_far_apart_is_not_read_together(days: float, opens: bool) -> None:
    _, first, then = PAIRS["a gift, then what it waits for"]
    made = World()
    message(made, first, 1.0)
    message(made, then, 1.0 + days)
    assert bool(found(made)) == opens


def test_a_thread_without_a_buyer_is_known_by_its_order() -> None:
    _, first, then = PAIRS["a gift, then what it waits for"]
    made = World()
    message(made, first, 1.0, buyer_id=None, order_id="o1")
    message(made, then, 2.0, buyer_id=None, order_id="o1")
    assert [a.clause for a in found(made)] == ["incentive_offer"]


def test_two_cards_in_one_parcel_are_one_card() -> None:
    made = World()
    message(made, "A present is waiting for you! Keep this card.", 1.0, channel=CARD)
    message(made, "First the review, then the picture of it.", 1.01, channel=CARD)
    assert [a.clause for a in found(made)] == ["insert_solicitation"]


@pytest.mark.parametrize(
    ("complained", "clause"), [(False, "paid_change"), (True, "change_request")]
)
def test_money_that_a_complaint_called_for_buys_no_change(complained: bool, clause: str) -> None:
    made = World()
    made.review("p1", "b1", 0.2, 1)
    if complained:
        text = "The lamp is broken, I want my money back."
        message(made, text, 0.5, direction="from_buyer", product_id="p1")
    message(made, "We refunded you.", 1.0, product_id="p1")
    message(made, "Would you now take your review down?", 2.0, product_id="p1")
    assert [a.clause for a in found(made)] == [clause]


@pytest.mark.parametrize(
    ("gives", "clause"),
    [
        ("We have refunded the full amount.", "paid_change"),
        ("That should not happen. We have refunded the full amount.", "change_request"),
        ("Would you like a new one or your money back? It is up to you.", "change_request"),
    ],
)
def test_what_makes_up_for_something_is_no_pay(gives: str, clause: str) -> None:
    made = World()
    message(made, gives, 1.0, review_id="r1")
    message(made, "Please remove your review.", 2.0, review_id="r1")
    assert [a.clause for a in found(made)] == [clause]


@pytest.mark.parametrize(("about", "opens"), [("r1", True), (None, False)])
def test_what_it_is_depends_on_what_the_message_is_about(about: str | None, opens: bool) -> None:
    made = World()
    message(made, "Would you take it down?", 1.0, review_id=about)
    assert [a.clause for a in found(made)] == (["change_request"] if opens else [])


@pytest.mark.parametrize(("asked", "opens"), [(False, True), (True, False)])
def test_who_is_told_how_to_change_a_review_had_asked(asked: bool, opens: bool) -> None:
    made = World()
    made.review("p1", "b1", 0.1, 1)
    if asked:
        text = "How can I change my review? I cannot find the button."
        message(made, text, 0.5, direction="from_buyer")
    message(made, "Please change your review now.", 1.0)
    assert [a.clause for a in found(made)] == (["change_request"] if opens else [])


def test_a_question_that_answers_the_sellers_request_excuses_nothing() -> None:
    made = World()
    made.review("p1", "b1", 0.1, 1)
    message(made, "Please change your review.", 0.5)
    message(made, "How can I change my review?", 0.8, direction="from_buyer")
    message(made, "Please change your review now.", 1.0)
    assert [a.clause for a in found(made)] == ["change_request"]


@pytest.mark.parametrize(("reviewed", "opens"), [(True, True), (False, False)])
def test_a_letter_to_buyers_who_wrote_no_review_asks_for_no_other(
    reviewed: bool, opens: bool
) -> None:
    made = World()
    for n in range(3):
        if reviewed:
            made.review("p1", f"b{n}", 0.5, 2)
        text = "You are welcome to change your review, please."
        message(made, text, 1 + n / 10, buyer_id=f"b{n}", product_id="p1")
    assert bool(found(made)) == opens


PRAISE = "I am so happy with the lamp, it is fantastic!"
CITES = (
    "You are just the kind of happy customer we like to see in the reviews.",
    "Roligt att du är nöjd! Sådana kunder vill vi höra i recensionerna.",
    "Zufriedene Kunden wie Sie wünschen wir uns in den Bewertungen.",
    "We do need reviews by people who love it the way you do.",
)


@pytest.mark.parametrize("text", CITES)
def test_who_wrote_in_happy_is_asked_for_it(text: str) -> None:
    made = World()
    message(made, PRAISE, 1.0, direction="from_buyer")
    message(made, text, 1.2)
    (case,) = found(made)
    assert (case.clause, len(case.messages)) == ("review_gating", 1)
    assert case.affected.accounts == ["b1"]


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        (PRAISE, "Thank you for your kind words, we will pass them on."),
        (PRAISE, "We ask every customer: an honest review helps others, good or bad."),
        (PRAISE, "Thank you for your review, we are happy that you like it."),
        ("The lamp is broken.", CITES[0]),
        ("Which bulb does it take?", "Reviews by other customers tell which bulbs fit."),
    ],
)
def test_an_answer_that_asks_not_for_happiness_is_fine(before: str, answer: str) -> None:
    made = World()
    message(made, before, 1.0, direction="from_buyer")
    message(made, answer, 1.2)
    assert "review_gating" not in {a.clause for a in found(made)}


@pytest.mark.parametrize(("about", "opens"), [(None, True), ("r1", False)])
def test_who_has_reviewed_is_not_asked_for_a_review(about: str | None, opens: bool) -> None:
    made = World()
    text = "You wrote that you are happy: would you write a review?"
    message(made, text, 1.0, review_id=about)
    assert ("review_gating" in {a.clause for a in found(made)}) == opens


@pytest.mark.parametrize(("to_all", "opens"), [(False, True), (True, False)])
def test_words_that_go_to_other_buyers_too_are_for_everybody(to_all: bool, opens: bool) -> None:
    text = "Would you write a review of the lamp on the product page?"
    made = World()
    message(made, PRAISE, 1.0, direction="from_buyer")
    message(made, text, 1.2)
    if to_all:
        message(made, text, 3.0, buyer_id="b2")
    assert ("review_gating" in {a.clause for a in found(made)}) == opens


def test_a_replay_finds_it_too(tmp_path: Path) -> None:
    clause, first, then = PAIRS["money given, then the wish"]
    events = tmp_path / "seller-messages.jsonl"
    events.write_bytes(b"\n".join(encode(thread(first, then).events)))
    out = tmp_path / "alerts.jsonl"
    done = CliRunner().invoke(app, ["replay", str(events), "--alerts", str(out)])
    assert done.exit_code == 0, done.output
    (alert,) = msgspec.json.Decoder(Alert).decode_lines(out.read_bytes())
    assert alert.clause == clause
