"""The review scores: what moves them, and what must not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from detectors.suspicion import Suspicion, model
from detectors.suspicion.life import Life
from detectors.suspicion.model import Model, load
from detectors.suspicion.review import Signs
from detectors.suspicion.tables import AS_OF_THE_END
from pipeline.cases import CaseSettings
from pipeline.courses import Straight
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess
from pipeline.scores import ScoreBook
from pipeline.topology import Topology, fingerprint
from tests.detectors.world import DAY, FAR, World

OWN_WORDS = "Bought it for the ferry trips to Gotland and it survived two winters of salt and rain"
OTHER_WORDS = (
    "My daughter chose the yellow one because her best friend at school has the same colour"
)


def read(world: World, detector: Suspicion, book: ScoreBook) -> None:
    """Fill the book; arrival in the order of time."""
    topology = Topology([detector])
    runner = InProcess(topology, CaseSettings())
    course = Straight(runner, book)
    intake, clock = Intake(topology, IntakeSettings()), SourceClock()
    for _, event in sorted(world.events, key=lambda e: e[0]):
        taken = intake.take(json.dumps(event).encode(), clock, FAR)
        assert not taken.refusals
        course.take(taken)
    course.finish()
    assert not runner.failures


def scores(world: World) -> dict[str, float]:
    """The score of each review by review id."""
    with closing(ScoreBook()) as book:
        read(world, Suspicion(), book)
        return {line.review_id: line.score for line in book.lines()}


def signs(world: World, after: int = AS_OF_THE_END) -> dict[str, Signs]:
    """The signs of each review by review id."""
    seen: list[Signs] = []

    def record(found: Signs) -> float:
        seen.append(found)
        return float(len(seen) - 1)

    with closing(ScoreBook(after)) as book:
        read(world, Suspicion(weigh=record, after=after), book)
        return {r.review_id: seen[int(r.weighed)] for r in book.reviews() if r.weighed is not None}


def lives(world: World, after: int = AS_OF_THE_END) -> dict[str, Life]:
    """The lives of each review's author and page by review id."""
    with closing(ScoreBook(after)) as book:
        read(world, Suspicion(after=after), book)
        return {r.review_id: r.life for r in book.reviews()}


def page(world: World, reviews: int = 12) -> None:
    """A page with ordinary reviews, each by an author with others elsewhere."""
    for i in range(reviews):
        world.review("p", f"author{i}", 100 + 3 * i, rating=4 + i % 2)
        for k in range(4):
            world.review(f"other{i}-{k}", f"author{i}", 40 + 20 * k + i, rating=3 + k % 3)


Change = Callable[[World], None]


def target(world: World, day: float = 120, rating: int = 5, **fields: Any) -> None:
    world.review("p", "target", day, rating=rating, review_id="target", **fields)


def with_history(world: World) -> None:
    for k in range(6):
        world.review(f"elsewhere{k}", "target", 20 + 15 * k, rating=2 + k % 4)
    target(world)


def worded(words: str, by: str = "copied") -> Change:
    def change(world: World) -> None:
        world.review("p", by, 118, text=OWN_WORDS)
        target(world, text=words)

    return change


@pytest.mark.parametrize(
    ("more", "less"),
    [
        pytest.param(target, with_history, id="an only review, an author with a history"),
        pytest.param(worded(OWN_WORDS), worded(OTHER_WORDS), id="another's words, own words"),
        pytest.param(
            worded(OWN_WORDS),
            worded(OWN_WORDS, by="target"),
            id="another's words, the author's own again",
        ),
        pytest.param(
            lambda w: target(w, verified_purchase=False),
            lambda w: target(w, verified_purchase=True),
            id="no purchase, a purchase",
        ),
        pytest.param(target, lambda w: target(w, programme="vine"), id="a sampling programme"),
        pytest.param(
            lambda w: target(w, rating=1), lambda w: target(w, rating=3), id="extreme, middling"
        ),
    ],
)
def test_what_makes_a_review_more_suspicious(more: Change, less: Change) -> None:
    found = []
    for change in (more, less):
        world = World()
        page(world)
        change(world)
        found.append(scores(world)["target"])
    assert found[0] > found[1]


def busy() -> World:
    world = World()
    page(world)
    with_history(world)
    world.review("p", "twin", 121, text=OWN_WORDS, review_id="twin")
    world.review("p", "copy", 121.2, text=OWN_WORDS, review_id="copy")
    return world


def test_ids_mean_nothing() -> None:
    world, renamed = busy(), busy()
    names = ("event_id", "reviewer_id", "product_id")
    renamed.events = [(ts, e | {n: e[n][::-1] for n in names}) for ts, e in renamed.events]
    assert scores(world) == scores(renamed)


def test_the_time_of_day_means_nothing() -> None:
    """Dates without a time of day are given any: the score must not follow it."""
    found = []
    for hour in (0.1, 0.5, 0.9):
        world = World()
        page(world)
        world.review("elsewhere", "target", 119.45, rating=4)
        world.review("elsewhere2", "target", 120.45, rating=4)
        target(world, day=120 + hour)
        found.append(scores(world)["target"])
    assert found[0] == found[1] == found[2]


def test_what_comes_after_the_moment_is_not_seen() -> None:
    world = World()
    target(world, rating=5, text=OWN_WORDS)
    before = signs(world, after=2 * DAY)["target"]
    for day, later in ((1.5, True), (2.5, False)):
        changed = World()
        target(changed, rating=5, text=OWN_WORDS)
        changed.review("p", "second", 120 + day, rating=1, text=OWN_WORDS)
        changed.review("q", "target", 120 + day, rating=1)
        edited = {"review_id": "target", "product_id": "p", "reviewer_id": "target", "rating": 1}
        changed.add("review.edited", 120 + day, **edited)
        seen = signs(changed, after=2 * DAY)["target"]
        assert (seen != before) == later
        if later:
            assert (seen.stars_1, seen.single, seen.soon > 0) == (1.0, 0.0, True)
            assert seen.worded_alike > 0.9
    assert before.single == 1.0


def test_neighbours_are_seen_as_they_were_known_then() -> None:
    """Whether another review is its author's only one changes with the moment of looking."""

    def season(after: int) -> float:
        world = World()
        target(world)
        for i in range(10):
            world.review("p", f"n{i}", 119, rating=5)
            world.review(f"q{i}", f"n{i}", 140, rating=5)
        return signs(world, after=after)["target"].singles_season

    assert season(5 * DAY) > 0.7
    assert season(30 * DAY) < 0.2


def test_a_burst_shows_on_its_page() -> None:
    world = World()
    page(world)
    target(world)
    alone = signs(world)["target"]
    for i in range(15):
        world.review("p", f"burst{i}", 120.5, rating=5)
    crowded = signs(world)["target"]
    assert crowded.burst > alone.burst + 0.5
    assert crowded.same_side > alone.same_side
    assert crowded.singles_fortnight > alone.singles_fortnight


def test_lives_of_author_and_page() -> None:
    world = World()
    target(world, day=120, rating=5)
    for day, by, rating in ((100, "b", 1), (110, "c", 2), (120.5, "d", 4), (140, "e", 5)):
        world.review("p", by, day, rating=rating)
    world.review("q", "target", 125, rating=3)
    world.review("q", "target", 150, rating=3)

    def expected(own: int, days: int, ratings: list[int]) -> Life:
        mean = (sum(ratings) + 5 * 4.0) / (len(ratings) + 5)
        return Life(
            only=float(own == 1),
            pair=float(own == 2),
            reviews=math.log(own),
            span=math.log1p(days),
            place=math.log1p(2),
            page_days=math.log1p(20),
            page_reviews=math.log(len(ratings)),
            page_mean=pytest.approx(mean),
            apart=pytest.approx(5 - mean),
        )

    assert lives(world, after=0)["target"] == expected(1, 0, [1, 2, 5])
    assert lives(world, after=5 * DAY - 1)["target"] == expected(1, 0, [1, 2, 5, 4])
    assert lives(world, after=5 * DAY)["target"] == expected(2, 5, [1, 2, 5, 4])
    assert lives(world)["target"] == expected(3, 30, [1, 2, 5, 4, 5])


def test_an_author_is_one_in_every_marketplace_a_page_is_not() -> None:
    world, elsewhere = World(), World("amazon.de")
    target(world)
    elsewhere.review("p", "target", 130, rating=1, review_id="abroad")
    elsewhere.events = [(ts, e | {"event_id": "abroad"}) for ts, e in elsewhere.events]
    world.events += elsewhere.events
    found = lives(world)
    assert (found["target"].pair, found["target"].page_reviews) == (1.0, 0.0)


def test_every_score_is_a_probability_and_ever_so_odd_signs_raise_nothing() -> None:
    stored = load()
    life = Life(*[0.0] * len(Life._fields))
    assert stored.score(0.0, life) == pytest.approx(1 / (1 + math.exp(-stored.intercept)), abs=1e-4)
    for size in (1e6, -1e6):
        weighed = stored.weigh(Signs(*[size] * len(Signs._fields)))
        assert 0.0 <= stored.score(weighed, life) <= 1.0
    wild = World()
    for i in range(40):
        wild.review("p", "robot", 100 + i / 100, rating=1 + i % 5, text=OWN_WORDS)
    assert all(0.0 < s < 1.0 for s in scores(wild).values())
    assert len(scores(wild)) == 40


def test_weights_are_part_of_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    known = fingerprint(Suspicion())
    assert known == fingerprint(Suspicion())
    monkeypatch.setattr(model, "read", lambda: b"intercept = 0")
    assert fingerprint(Suspicion()) != known


def test_weights_that_do_not_fit_the_signs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = model.read().decode()
    for broken in (
        stored.replace("single =", "singel ="),
        stored + "age = 1.0\n",
        stored.replace("pair =", "pairs ="),
        stored.replace("gap =", "# gap ="),
    ):
        monkeypatch.setattr(model, "read", lambda text=broken: text.encode())
        load.cache_clear()
        with pytest.raises(ValueError, match=r"weights\.toml"):
            load()
    load.cache_clear()


def test_the_model_is_a_weighted_sum() -> None:
    signs = tuple(float(i) for i in range(len(Signs._fields)))
    life = tuple(float(i) for i in range(len(Life._fields)))
    stored = Model(0.1, 0.0, signs, life)
    zero, none = Signs(*[0.0] * len(signs)), Life(*[0.0] * len(life))
    assert stored.score(stored.weigh(zero), none) == 0.5
    tilted = zero._replace(stars_2=1.0)
    assert stored.score(stored.weigh(tilted), none) == pytest.approx(0.73106, abs=1e-5)
    assert stored.score(0.0, none._replace(pair=1.0)) == pytest.approx(0.73106, abs=1e-5)
