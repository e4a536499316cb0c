"""`starwatch replay --scores`: one line a review, from the set of events alone."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.load import Load
from detectors.api import Delta, Entry
from detectors.suspicion.tables import WeighedRow
from pipeline.config import Config
from pipeline.scores import ScoreBook
from schemas.decode import decode
from schemas.events import TOPIC_OF_TYPE, iso, micros
from tests.detectors.test_review_clusters import coupon_buyers, shop
from tests.detectors.world import DAY, START, Event, World
from tests.replay.test_replay import lines, replay

Score = dict[str, object]


def of_load(size: int, days: float, seed: int) -> list[Event]:
    """Plain load with edits, texts and many reviews of few products."""
    blocks = Load(size, days, seed).blocks()
    written = [line for block in blocks for found in block.values() for line in found]
    events = [(micros(decode(x.encode()).occurred_at), json.loads(x)) for x in written]
    return sorted(events, key=lambda e: (e[0], e[1]["event_id"]))


@pytest.fixture(scope="module")
def load() -> list[Event]:
    return of_load(900, 200, 3)


@pytest.fixture(scope="module")
def coupons() -> list[Event]:
    """A world with a case that accuses reviews, and a little life beside it."""
    w = shop()
    coupon_buyers(w, 7, reviewing=7)
    events = [*w.events, *((ts, e) for ts, e in of_load(300, 60, 1))]
    return sorted(events, key=lambda e: e[0])


def written(folder: Path, arrivals: Sequence[Event]) -> Path:
    """Event files in this order of arrival."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[str]] = {}
    for _, body in arrivals:
        files.setdefault(TOPIC_OF_TYPE[body["type"]], []).append(json.dumps(body))
    for topic, found in files.items():
        (folder / f"{topic}.jsonl").write_text("".join(f"{x}\n" for x in found), encoding="utf-8")
    return folder


def scores(folder: Path, arrivals: Sequence[Event], *options: str) -> list[Score]:
    out = folder / "scores.jsonl"
    code, _, stderr = replay(
        written(folder, arrivals), "--alerts", folder / "cases.jsonl", "--scores", out, *options
    )
    assert code == 0
    assert "raised" not in stderr
    return lines(out)


def disturbed(events: Sequence[Event], seed: int) -> list[Event]:
    """Moved by up to 1.9 days, a tenth twice."""
    r = random.Random(seed)
    moved = [(ts + r.randrange(19 * DAY // 10), e) for ts, e in events]
    moved += [(ts + r.randrange(19 * DAY // 10), e) for ts, e in events if r.random() < 0.1]
    return sorted(moved, key=lambda m: m[0])


def test_one_line_for_each_posted_review_in_the_order_of_time(
    tmp_path: Path,
) -> None:
    load = of_load(6_000, 200, 3)
    found = scores(tmp_path, load)
    posted = {e["review_id"]: (e, ts) for ts, e in load if e["type"] == "review.posted"}
    assert len(found) == len(posted) > 1_000
    assert [s["review_id"] for s in found] == [
        e["review_id"]
        for e, ts in sorted(
            posted.values(),
            key=lambda p: (p[1], p[0].get("marketplace", "amazon.se"), p[0]["review_id"]),
        )
    ]
    for s in found:
        event, ts = posted[str(s["review_id"])]
        assert (s["product_id"], s["reviewer_id"]) == (event["product_id"], event["reviewer_id"])
        assert (s["occurred_at"], s["marketplace"]) == (
            iso(ts),
            event.get("marketplace", "amazon.se"),
        )
        assert 0.0 <= float(str(s["score"])) <= 1.0
    assert len({s["score"] for s in found}) > len(found) // 4


@pytest.mark.parametrize("options", [(), ("--score-after", "9d")])
def test_the_order_of_arrival_and_duplicates_change_nothing(
    tmp_path: Path, coupons: list[Event], options: tuple[str, ...]
) -> None:
    first = scores(tmp_path / "a", coupons, *options)
    second = scores(tmp_path / "b", disturbed(coupons, 5), *options)
    assert first == second


@pytest.mark.parametrize("world", ["load", "coupons"])
@pytest.mark.parametrize("days", [0, 12])
def test_a_score_after_a_while_is_that_of_the_events_up_to_then(
    tmp_path: Path, world: str, days: int, request: pytest.FixtureRequest
) -> None:
    events: list[Event] = request.getfixturevalue(world)
    after = {
        s["review_id"]: s for s in scores(tmp_path / "after", events, "--score-after", f"{days}d")
    }
    posted = [(ts, e["review_id"]) for ts, e in events if e["type"] == "review.posted"]
    at_the_end = {s["review_id"]: s for s in scores(tmp_path / "end", events)}
    assert sum(after[r] != at_the_end[r] for _, r in posted) > len(posted) // 10
    accused = [p for p in posted if "load" not in world and p[1].startswith("rv")]
    some = [*random.Random(2).sample(posted, 6), *accused[::3]]
    for i, (ts, review_id) in enumerate(some):
        until = [(t, e) for t, e in events if t <= ts + days * DAY]
        now = {s["review_id"]: s for s in scores(tmp_path / str(i), until)}
        assert after[review_id] == now[review_id]


def test_an_event_at_the_very_moment_counts(tmp_path: Path) -> None:
    w = World()
    w.review("p1", "a1", 10, review_id="first")
    w.review("p2", "a1", 15, review_id="second")
    with_tie = scores(tmp_path / "with", w.events, "--score-after", "5d")
    w.events[1] = (
        START + 15 * DAY + 1,
        w.events[1][1] | {"occurred_at": iso(START + 15 * DAY + 1)},
    )
    too_late = scores(tmp_path / "late", w.events, "--score-after", "5d")
    assert with_tie[0]["review_id"] == too_late[0]["review_id"] == "first"
    assert float(str(with_tie[0]["score"])) < float(str(too_late[0]["score"]))


def test_a_review_that_a_case_accuses_has_at_least_its_score(
    tmp_path: Path, coupons: list[Event]
) -> None:
    found = {s["review_id"]: float(str(s["score"])) for s in scores(tmp_path, coupons)}
    (case,) = (c for c in lines(tmp_path / "cases.jsonl") if c["reviews"])
    accused = case["reviews"]
    assert isinstance(accused, list)
    assert len(accused) >= 7
    assert all(found[r] >= float(str(case["score"])) for r in accused)
    assert max(s for r, s in found.items() if r not in accused) < float(str(case["score"]))


def test_a_review_posted_twice_has_one_line_and_a_refused_one_none(tmp_path: Path) -> None:
    w = World()
    w.review("p1", "a1", 10, review_id="r1")
    w.review("p2", "a2", 11, review_id="r1")
    w.review("p1", "a3", 1, review_id="too late")
    (found,) = scores(tmp_path, w.events)
    assert (found["review_id"], found["product_id"], found["reviewer_id"]) == ("r1", "p2", "a2")


def test_a_review_has_one_line_also_where_its_event_id_was_given_twice(tmp_path: Path) -> None:
    """The second is refused as long as the first is remembered; here it no longer is."""
    w = World()
    w.review("p1", "a1", 10, review_id="r1")
    w.review("p2", "a2", 11, review_id="r2")
    delta = Delta("", "", "", "", "", Entry(1, "", 0, WeighedRow("e", 0.5)))
    with closing(ScoreBook()) as book:
        for ts, event in w.events:
            book.posted(decode(json.dumps(event | {"event_id": "e"}).encode()), ts)
            book.said(delta)
        assert [line.review_id for line in book.lines()] == ["r1", "r2"]


def test_the_same_id_in_two_marketplaces_is_two_reviews(tmp_path: Path) -> None:
    here, there = World(), World("amazon.de")
    here.review("p1", "a1", 10, review_id="r1")
    there.review("p1", "a1", 10, review_id="r1")
    there.events[0] = (there.events[0][0], there.events[0][1] | {"event_id": "other"})
    found = scores(tmp_path, [*here.events, *there.events])
    assert [s["marketplace"] for s in found] == ["amazon.de", "amazon.se"]


def test_scoring_changes_no_case(tmp_path: Path, coupons: list[Event]) -> None:
    scores(tmp_path / "a", coupons)
    scores(tmp_path / "b", coupons, "--score-after", "3d")
    replay(written(tmp_path / "c", coupons), "--alerts", tmp_path / "c" / "cases.jsonl")
    cases = [(tmp_path / x / "cases.jsonl").read_text() for x in "abc"]
    assert cases[0] == cases[1] == cases[2] != ""


@pytest.mark.parametrize("span", ["30", "d", "-3d", "1.5d", "30 d", "30days"])
def test_a_span_that_cannot_be_read_is_wrong_use(tmp_path: Path, span: str) -> None:
    w = World()
    w.review("p1", "a1", 10)
    out = tmp_path / "s.jsonl"
    code, _, stderr = replay(written(tmp_path, w.events), "--scores", out, f"--score-after={span}")
    assert code == 2
    assert "30d" in stderr
    assert not out.exists()


def test_a_moment_without_scores_is_wrong_use(tmp_path: Path) -> None:
    code, _, stderr = replay(tmp_path, "--score-after", "30d")
    assert code == 2
    assert "--scores" in stderr


def test_suspicion_is_no_part_of_the_configured_topology() -> None:
    assert "suspicion" not in {d.name for d in Config().enabled()}
