"""The bench of reading texts: corpora read, figures counted and compared, nothing held out told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.text import __main__ as bench
from benchmarks.text import committed, speed, systems
from benchmarks.text.committed import Side
from benchmarks.text.corpus import BUILT, HELD_OUT, Labelled, read_corpus
from benchmarks.text.figures import Counts, Read, by, by_clause, counts, estimates, macro_f1
from detectors.text import Kind
from detectors.text.jsonl import TEXT_LIMIT
from detectors.text.lexicon import LANGUAGES
from pipeline.errors import StarwatchError
from pipeline.scorer import Estimate


def labelled(*labels: str, lang: str = "en", kind: Kind = Kind.SELLER_MESSAGE) -> Labelled:
    return Labelled("x", kind, "text", lang, frozenset(labels))  # type: ignore[arg-type]


READS = [
    Read(labelled("paid_change"), {"paid_change": 0.9}),
    Read(labelled("paid_change", lang="sv"), {"change_request": 0.8}),
    Read(labelled(), {"change_request": 0.8}),
    Read(labelled(kind=Kind.REVIEW_TEXT), {}),
]


def test_labels_are_counted_once_each() -> None:
    assert counts(READS) == Counts(found=1, wrong=2, missed=1, texts=4, clean=2, clean_labelled=1)
    clauses = by_clause(READS)
    assert clauses["paid_change"].recall == 0.5
    assert clauses["paid_change"].precision == 1.0
    assert clauses["change_request"].precision == 0.0
    assert "self_review" not in clauses
    assert macro_f1(clauses.values()) == pytest.approx((2 / 3 + 0) / 2)


def test_groups_keep_their_own_clean_texts() -> None:
    kinds = by(READS, lambda row: row.kind)
    assert kinds[Kind.REVIEW_TEXT].of_clean == 0.0
    assert kinds[Kind.SELLER_MESSAGE].of_clean == 1.0
    assert by(READS, lambda row: row.language)["sv"].f1 == 0.0


def test_estimates_hold_what_was_counted() -> None:
    found = dict(estimates(READS))
    assert found["all: F1"].value == pytest.approx(0.4)
    assert found["all: clean labelled"].value == 0.5
    assert found["review_text: F1"].value is None


def test_a_line_that_is_no_labelled_text_is_named_and_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "en.jsonl").write_text('{"id": "a", "kind": "poem", "text": "secret words"}\n')
    with pytest.raises(StarwatchError, match=r"en\.jsonl:1") as caught:
        read_corpus(tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("folder", [BUILT, HELD_OUT])
def test_corpora_are_whole(folder: Path) -> None:
    rows = read_corpus(folder)
    assert len({row.id for row in rows}) == len(rows)
    assert {row.language for row in rows} == set(LANGUAGES)
    assert all(row.phrasing for row in rows) is (folder is BUILT)


def test_a_model_of_other_texts_is_noticed() -> None:
    rows = read_corpus(BUILT)
    assert not systems.trained_on_these(rows[1:])


def test_no_built_text_is_held_out() -> None:
    held = {"".join(row.text.lower().split()) for row in read_corpus(HELD_OUT)}
    assert not any("".join(row.text.lower().split()) in held for row in read_corpus(BUILT))


def test_hostile_texts_are_as_long_as_may_be() -> None:
    lengths = {len(text) for _, text in speed.hostile(read_corpus(BUILT))}
    assert lengths == {TEXT_LIMIT}


def test_figures_come_back_as_written(tmp_path: Path) -> None:
    sides = {"built": Side("abc", dict(estimates(READS)))}
    committed.write(sides, tmp_path / "figures.json")
    assert committed.read(tmp_path / "figures.json") == sides
    assert committed.read(tmp_path / "none.json") == {}
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(StarwatchError, match="not the figures"):
        committed.read(tmp_path / "bad.json")


def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in (("BUILT", "built"), ("HELD_OUT", "held")):
        (tmp_path / folder).mkdir()
        rows = [
            {"kind": "seller_message", "text": f"Get a gift card for your review, {folder}.",
             "labels": ["incentive_offer"], "id": "1", "lang": "en", "phrasing": "a"},
            {"kind": "seller_message", "text": f"Your parcel was sent, {folder}.", "labels":
             ["self_review"], "id": "2", "lang": "en", "phrasing": "b"},
        ]  # fmt: skip
        lines = "\n".join(json.dumps(row) for row in rows)
        (tmp_path / folder / "en.jsonl").write_text(lines)
        monkeypatch.setattr(bench, name, tmp_path / folder)
    few = [row for row in read_corpus(BUILT) if row.language == "fi"][:40]
    monkeypatch.setattr(systems, "read_phrases", lambda: few)


def test_what_got_worse_fails_until_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(tmp_path, monkeypatch)
    figures = tmp_path / "figures.json"
    args = ["--no-speed", "--against", str(figures)]
    runner = CliRunner()
    assert runner.invoke(bench.app, [*args, "--update"]).exit_code == 0
    same = runner.invoke(bench.app, args)
    assert same.exit_code == 0
    assert "parcel was sent, built" in same.output
    assert "held." not in same.output
    sides = committed.read(figures)
    better = {**sides["built"].figures, "all: F1": Estimate(1.0, 0.99, 1.0, 2)}
    committed.write({**sides, "built": Side(sides["built"].corpus, better)}, figures)
    worse = runner.invoke(bench.app, args)
    assert worse.exit_code == 3
    assert "all: F1" in worse.output
    assert runner.invoke(bench.app, [*args, "--update"]).exit_code == 0
