"""Converters, on rows made up here: the real ones are not in the repository."""

from __future__ import annotations

import csv
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.datasets import DATASETS, MissingDataError, convert
from benchmarks.datasets.__main__ import app
from benchmarks.datasets.source import DATA
from schemas.decode import decode

Rows = list[dict[str, str]]


def yelp_rows(users: int = 40) -> Rows:
    return [
        {"user_id": str(u), "prod_id": str(u % 7), "rating": str(1 + u % 5), "date": "2014-03-09"}
        | {"is_fake": str(int(u < users // 4))}
        for u in range(users)
    ]


def music_row(**changed: str) -> dict[str, str]:
    row = {
        "reviewerID": "A1",
        "asin": "B01",
        "reviewText": "A fine set of strings.",
        "overall": "4.0",
    }
    row |= {"summary": "Fine", "helpful_yes": "3", "helpful_total": "5", "date": "2012-05-01"}
    return row | changed


def beauty_row(**changed: str) -> dict[str, str]:
    row = {"reviewerID": "A1", "asin": "B01", "reviewText": "Smells of roses.", "overall": "5.0"}
    row |= {"summary": "Roses", "verified": "True", "vote": "8", "date": "2016-05-01"}
    return row | changed


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(DATA, str(tmp_path / "data"))
    return tmp_path / "data"


def store(data: Path, name: str, rows: Rows) -> None:
    path = data / DATASETS[name].source
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def converted(data: Path, out: Path, name: str, rows: Rows) -> Path:
    store(data, name, rows)
    convert(name, out)
    return out / name


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("yelp_nyc", yelp_rows()),
        ("amazon_2014", [music_row(), music_row(asin="B02", date="2013-01-02")]),
        ("amazon_2018", [beauty_row(), beauty_row(asin="B02", reviewText="x" * 30_000)]),
    ],
)
def test_events_are_valid_and_in_order(data: Path, tmp_path: Path, name: str, rows: Rows) -> None:
    folder = converted(data, tmp_path / "out", name, rows)
    ids = []
    for path in sorted(folder.glob("*s.jsonl")):
        if path.name == "labels.jsonl":
            continue
        events = [decode(raw) for raw in path.read_bytes().splitlines()]
        assert [e.occurred_at for e in events] == sorted(e.occurred_at for e in events)
        ids += [e.event_id for e in events]
    assert len(ids) == len(set(ids)) >= len(rows)


def test_the_order_of_the_source_changes_nothing(data: Path, tmp_path: Path) -> None:
    rows = yelp_rows()
    first = converted(data, tmp_path / "a", "yelp_nyc", rows)
    random.Random(1).shuffle(rows)
    second = converted(data, tmp_path / "b", "yelp_nyc", rows)
    for file in ("reviews.jsonl", "labels.jsonl"):
        assert (first / file).read_bytes() == (second / file).read_bytes()


def test_yelp_ids_and_times_of_day_do_not_follow_user_numbers(data: Path, tmp_path: Path) -> None:
    """The first users of the source are filtered: what is written must not sort them together."""
    folder = converted(data, tmp_path, "yelp_nyc", yelp_rows(2_000))
    filtered = {x["review_id"]: x["filtered"] for x in lines(folder / "labels.jsonl")}
    assert sum(filtered.values()) == 500
    reviews = lines(folder / "reviews.jsonl")
    for field in ("review_id", "reviewer_id", "event_id", "occurred_at"):
        ordered = sorted(reviews, key=lambda r: r[field])
        early = sum(filtered[r["review_id"]] for r in ordered[:1_000])
        assert 200 < early < 300, field
    assert not any("filtered" in r or "is_fake" in r for r in reviews)


def test_copies_of_one_review_on_variants_share_their_moment(data: Path, tmp_path: Path) -> None:
    rows = [beauty_row(asin=f"B{i}") for i in range(20)]
    folder = converted(data, tmp_path, "amazon_2018", rows)
    reviews = lines(folder / "reviews.jsonl")
    assert len({r["review_id"] for r in reviews}) == 20
    assert len({r["occurred_at"] for r in reviews}) == 1
    votes = lines(folder / "votes.jsonl")
    assert len(votes) == 8, "a click belongs to one review"
    assert len({v["voter_id"] for v in votes}) == 8


def test_rows_that_repeat_a_review_are_written_once(data: Path, tmp_path: Path) -> None:
    rows = [beauty_row(), beauty_row(vote="9"), beauty_row(reviewText="Changed my mind.")]
    folder = converted(data, tmp_path, "amazon_2018", [*rows, beauty_row(overall="")])
    assert len(lines(folder / "reviews.jsonl")) == 2
    assert len(lines(folder / "votes.jsonl")) == 9 + 8


def test_votes_follow_their_review_and_keep_their_numbers(data: Path, tmp_path: Path) -> None:
    folder = converted(data, tmp_path, "amazon_2014", [music_row(), music_row(date="2014-01-01")])
    posted = {r["review_id"]: r["occurred_at"] for r in lines(folder / "reviews.jsonl")}
    votes = lines(folder / "votes.jsonl")
    assert sorted(v["vote"] for v in votes) == ["helpful"] * 6 + ["not_helpful"] * 4
    assert all(posted[v["review_id"]] <= v["occurred_at"] for v in votes)


def test_referral_texts_fit_classify(data: Path, tmp_path: Path) -> None:
    row = {"title": "", "text": " use my code 1234 ", "mentions_code_word": "1"}
    folder = converted(data, tmp_path, "app_referrals", [row, row, row | {"text": " "}])
    (text,) = lines(folder / "texts.jsonl")
    assert (text["kind"], text["text"]) == ("review_text", "use my code 1234")


def test_a_set_that_is_not_there_is_skipped_by_name(data: Path, tmp_path: Path) -> None:
    store(data, "amazon_2014", [music_row()])
    with pytest.raises(MissingDataError, match=DATA):
        convert("yelp_nyc", tmp_path / "out")
    ran = CliRunner().invoke(app, [str(tmp_path / "out"), "--only", "yelp_nyc,amazon_2014"])
    assert ran.exit_code == 0
    assert "yelp_nyc: skipped." in ran.stderr
    assert "amazon_2014: reviews.jsonl 1 lines" in ran.stderr
    assert (tmp_path / "out" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "out" / "yelp_nyc").exists()


def test_nothing_there_at_all_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA, raising=False)
    ran = CliRunner().invoke(app, [str(tmp_path), "--only", "yelp_nyc"])
    assert ran.exit_code == 1
    assert DATA in ran.stderr
    assert CliRunner().invoke(app, [str(tmp_path), "--only", "yelp"]).exit_code == 2
