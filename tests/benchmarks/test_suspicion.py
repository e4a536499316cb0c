"""Fitting and judging review scores, on reviews made up here: the real ones are not in the
repository."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.suspicion import app, reviews_of
from detectors.suspicion.model import parse

REVIEWS = 1_500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Authors of one review are filtered now and then, those of many never."""
    chance, events, labels = random.Random(4), [], []
    for i in range(REVIEWS):
        once = chance.random() < 0.4
        at = datetime(2014, 1, 1, tzinfo=UTC) + timedelta(minutes=i * 300)
        event = {"type": "review.posted", "event_id": f"e{i}", "review_id": f"r{i}"}
        event |= {"product_id": f"p{chance.randrange(20)}", "rating": chance.randrange(1, 6)}
        event |= {"reviewer_id": f"once{i}" if once else f"often{chance.randrange(60)}"}
        events.append(event | {"occurred_at": at.isoformat()})
        labels.append({"review_id": f"r{i}", "filtered": once and chance.random() < 0.5})
    folder = tmp_path_factory.mktemp("labelled")
    for name, lines in (("reviews.jsonl", events), ("labels.jsonl", labels)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_no_author_and_no_product_is_both_fitted_to_and_judged(folder: Path) -> None:
    reviews = reviews_of(folder)
    for ids in (reviews.authors, reviews.products):
        fitted = {i for i, f in zip(ids, reviews.fitted, strict=True) if f}
        judged = {i for i, h in zip(ids, reviews.held_out, strict=True) if h}
        assert fitted
        assert judged
        assert not fitted & judged


def test_weights_learn_what_labels_follow(folder: Path, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["fit", str(folder), "--output", str(tmp_path / "w.toml")])
    assert found.exit_code == 0, found.output
    weights = parse((tmp_path / "w.toml").read_bytes())
    assert weights.life["only"] - weights.life["reviews"] > 0


def test_a_score_that_knows_beats_one_that_does_not(folder: Path, tmp_path: Path) -> None:
    reviews = reviews_of(folder)
    aucs = []
    for name, knows in (("knows", True), ("guesses", False)):
        scores = tmp_path / f"{name}.jsonl"
        chance = random.Random(1)
        rows = zip(reviews.review_ids, reviews.filtered, strict=True)
        scores.write_text(
            "".join(
                json.dumps({"review_id": r, "score": 0.3 * chance.random() + 0.6 * (f and knows)})
                + "\n"
                for r, f in ((r, bool(f)) for r, f in rows)
            ),
            encoding="utf-8",
        )
        command = ["evaluate", str(folder), "--scores", str(scores), "--json"]
        found = CliRunner().invoke(app, command)
        assert found.exit_code == 0, found.output
        figures = json.loads(found.stdout)
        assert figures["reviews"] == int(reviews.held_out.sum())
        aucs.append(figures["measures"]["score"]["AUC"]["value"])
    assert aucs[0] == 1.0
    assert 0.35 < aucs[1] < 0.65
