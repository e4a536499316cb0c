"""The model beside the rules: weights as data, what it revises, how it is trained."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from benchmarks.text import learn, train
from benchmarks.text.bank import read_phrases
from benchmarks.text.corpus import BUILT, read_corpus
from detectors.text import Kind, acts, judge, model, read
from detectors.text.concepts import INDEX, bits
from detectors.text.model import ADDED_SCORE, GROUPS, UNIT, Features, ModelError, Weights
from detectors.text.reading import Parsed, parse, words

SELLER = Kind.SELLER_MESSAGE


def parsed(text: str) -> Parsed:
    found = parse(words(text, "en"))
    acts.find(found)
    return found


def weights(**features: int) -> Weights:
    """Weights of one clause, `said__review=1` for the feature `said:review`."""
    named = {name.replace("__", ":"): (weight,) for name, weight in features.items()}
    return Weights(model.VERSION, "", ("paid_change",), (-UNIT,), named)


def seen(**groups: str) -> Features:
    return Features(tuple(bits(groups.get(group, "")) for group in GROUPS))


def test_features_tell_what_is_asserted_from_what_is_negated() -> None:
    offers = model.features(parsed("You get a gift card for your review."))
    refuses = model.features(parsed("You never get a gift card for your review."))
    assert "said:reward" in set(offers.each(SELLER))
    assert "negated:reward" not in set(offers.each(SELLER))
    assert "negated:reward" in set(refuses.each(SELLER))
    assert "said:reward" not in set(refuses.each(SELLER))


def test_tables_hold_every_feature() -> None:
    """The tables that are read fast give what adding up the named weights gives."""
    found = seen(said="review reward", negated="money", review="reward")
    given = weights(
        said__review=300, seller__review=20, seller_message__review=5, buyer__review=7_000,
        said__reward=100, negated__money=-40, review__reward=1, seller_message__=2, said__free=900,
    )  # fmt: skip
    names = list(found.each(SELLER))
    total = given.bias[0] + sum(given.features.get(name, (0,))[0] for name in names)
    assert model.compiled(given).log_odds(found, SELLER) == {"paid_change": total}
    assert total == -1_000 + 388


@pytest.mark.parametrize(
    ("ruled", "odds", "kept", "added"),
    [
        ({"paid_change"}, {"paid_change": 0.0}, {"paid_change"}, set()),
        ({"paid_change"}, {"paid_change": -5_000.0}, set(), set()),
        (set(), {"paid_change": 5_000.0}, set(), {"paid_change"}),
        (set(), {"paid_change": 2_000.0}, set(), set()),
        # a clause that another one speaks for is not added beside it
        (
            {"paid_change"},
            {"paid_change": 2_000.0, "change_request": 5_000.0},
            {"paid_change"},
            set(),
        ),
        # a clause that the model does not know is left to the rules
        ({"variation_abuse"}, {"paid_change": -2_000.0}, {"variation_abuse"}, set()),
    ],
)
def test_only_what_is_all_but_certain_is_revised(
    ruled: set[str], odds: dict[str, float], kept: set[str], added: set[str]
) -> None:
    assert model.revised(ruled, odds) == (kept, added)


def test_weights_of_other_features_are_refused() -> None:
    with pytest.raises(ModelError, match=r"version 0.*benchmarks\.text\.train"):
        model.compiled(msgspec.structs.replace(weights(), version=0))
    with pytest.raises(ModelError, match="unknown concepts"):
        model.compiled(weights(said__moonshine=1))


def test_the_model_of_the_package_fits() -> None:
    model.load.cache_clear()
    assert set(model.load().tables) == set(Kind)


def test_added_labels_show_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """With weights that answer to one word, that word is the span."""
    text = "Many thanks. A gift card is here. We hope for a review soon."
    certain = model.compiled(weights(said__reward=9 * UNIT))
    monkeypatch.setattr(model, "load", lambda: certain)
    found = parsed(text)
    (finding,) = model.revise([], found, SELLER)
    assert finding.clause == "paid_change"
    assert finding.score == ADDED_SCORE
    assert [text[start:end] for start, end in finding.spans] == ["gift card"]


def test_what_the_rules_found_keeps_its_score_and_words() -> None:
    text = "Delete your review and we refund the full price."
    ruled = judge.findings(parsed(text), SELLER)
    assert ruled
    assert [label.clause for label in read(text, SELLER, "en").labels] == [x.clause for x in ruled]


def test_training_is_repeatable_and_weights_come_back(tmp_path: Path) -> None:
    rows = [row for row in read_corpus(BUILT) if row.language == "en"][:200]
    few = learn.examples(rows)
    once, again = learn.fit(few), learn.fit(few)
    assert once == again
    assert {name.partition(":")[2] for name in once.features} <= INDEX.keys() | {""}
    path = tmp_path / "model.json"
    train.write(once, path)
    assert msgspec.json.decode(path.read_bytes(), type=Weights) == once


def test_groups_are_left_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in read_corpus(BUILT) if row.language in ("fi", "pl")][:150:3]
    rows += [row for row in read_corpus(BUILT) if row.language == "pl"][:60]
    of = learn.examples(rows)
    taught: list[set[str]] = []
    fit = learn.fit

    def noted(shown: list[learn.Example]) -> Weights:
        taught.append({learn.family(example.row) for example in shown})
        return fit(shown)

    monkeypatch.setattr(learn, "fit", noted)
    given = learn.left_out(of, learn.family, ())
    assert taught == [{"pl"}, {"fi"}]
    assert len(given) == len(of)


def test_texts_of_one_phrasing_fall_together() -> None:
    parts: dict[str, set[str]] = {}
    for row in read_corpus(BUILT):
        parts.setdefault(row.phrasing, set()).add(learn.phrasing(row))
    assert all(len(found) == 1 for found in parts.values())


def test_phrases_of_the_bank_are_labelled_in_every_language() -> None:
    rows = read_phrases()
    assert {row.language for row in rows} == {row.language for row in read_corpus(BUILT)}
    assert all("[" not in row.text and "{" not in row.text for row in rows)
    assert 0.4 < sum(not row.labels for row in rows) / len(rows) < 0.8
