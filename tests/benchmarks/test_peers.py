"""The comparison with other engines: its truth, its figures and its table."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from benchmarks.peers.measure import Usage
from benchmarks.peers.table import Outcome, figures, ratios, render
from benchmarks.peers.topics import PRODUCTS, differences, events
from schemas.decode import decode
from schemas.events import ReviewPosted

TRUTH = {"p1": (2, 9), "p2": (1, 5)}


def _outcome(name: str, *cpus: float) -> Outcome:
    few = Usage(seconds=2, cpu=1, broker_cpu=0.5, memory=100 << 20)
    found = Outcome(name, "exactly once", "nothing")
    for number, cpu in enumerate(cpus):
        many = Usage(seconds=4, cpu=1 + cpu, broker_cpu=1.5, memory=200 << 20)
        found.figures[number] = figures(few, many, 100_000)
    return found


def test_events_fit_the_contract_and_tell_the_truth() -> None:
    for at, product, rating, raw in islice(events(), 200):
        event = decode(raw)
        assert isinstance(event, ReviewPosted)
        assert (event.occurred_at, event.product_id, event.rating) == (at, product, rating)


def test_events_spread_over_the_products_and_ids_are_unique() -> None:
    found = [(product, decode(raw).event_id) for _, product, _, raw in islice(events(), 5_000)]
    assert len({event_id for _, event_id in found}) == 5_000
    assert Counter(product for product, _ in found).most_common(1)[0][1] < 10
    assert all(product < f"p{PRODUCTS:05d}" for product, _ in found)


def test_true_totals_pass() -> None:
    assert differences(dict(TRUTH), TRUTH) == 0


def test_every_wrong_missing_and_foreign_total_is_a_difference() -> None:
    assert differences({"p1": (3, 9), "p2": (1, 5)}, TRUTH) == 1
    assert differences({"p1": (2, 9), "p2": (1, 4)}, TRUTH) == 1
    assert differences({"p1": (2, 9)}, TRUTH) == 1
    assert differences({**TRUTH, "p3": (1, 1)}, TRUTH) == 1
    assert differences({}, TRUTH) == 2


def test_figures_are_of_what_grows_with_the_events() -> None:
    (found,) = _outcome("one", 2.0).figures.values()
    assert (found.rate, found.cpu, found.broker_cpu) == (50_000, 20, 10)
    assert found.memory == 200 << 20


def test_ratios_are_of_rounds_that_both_have() -> None:
    first, other = _outcome("first", 1.0, 2.0, 4.0), _outcome("other", 3.0, 3.0)
    assert ratios(other, first) == [3.0, 1.5]


def test_the_table_says_what_is_wrong_and_what_is_absent() -> None:
    first, wrong, absent = _outcome("first", 1.0, 2.0), _outcome("wrong", 4.0, 4.0), _outcome("no")
    wrong.wrong, absent.trouble = 7, "absent: no wheel"
    _, _, *rows = render([first, wrong, absent]).splitlines()
    assert "15.0 (10.0–20.0)" in rows[0]
    assert rows[0].endswith("| exact |")
    assert "3.00 (2.00–4.00)" in rows[1]
    assert rows[1].endswith("| WRONG for 7 products |")
    assert rows[2].endswith("| absent: no wheel |")
    assert "exact" not in rows[2].replace("exactly", "")
    assert render([_outcome("none")]).endswith("| not measured |")
