"""The figures as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pipeline.scorer import (
    Bootstrap,
    Context,
    Figures,
    Truth,
    figures,
    match,
    read_context,
    read_truth,
    standing,
)
from pipeline.scorer.figures import KINDS
from pipeline.simulator import Settings, simulate
from schemas.alerts import CLAUSES, Alert
from tests.scorer.truths import alert, ids, lookalike, matched, opened, oracle, planted, truth

WORLD = truth(
    planted("offer", sellers=["S"], reviews=ids("r", 6), accounts=ids("a", 6), messages=["m"]),
    planted(
        "chat",
        variant="in_a_chat",
        clauses=["incentive_offer", "off_platform_contact"],
        sellers=["S2"],
        messages=ids("c", 3),
        difficulty=4,
    ),
    planted("ring", "review_ring", reviews=ids("o", 20), accounts=ids("oa", 8)),
    lookalike("fans", reviews=ids("f", 8), accounts=ids("fa", 5)),
)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated world."""
    folder = tmp_path_factory.mktemp("world")
    simulate(Settings(seed=5, scale=0.1, days=120), folder)
    return folder


def test_the_oracle_scores_one_everywhere(simulated: Path) -> None:
    world = read_truth(simulated)
    assert len(world.planted) >= 5
    scored = figures([match(world, opened(oracle(world)), read_context(simulated))])
    rows = [scored.overall.cases, *scored.variants.values(), *scored.difficulties.values()]
    for cases in rows:
        assert cases.found == cases.planted
        assert cases.recall.value == cases.clause_recall.value == 1
        for estimate in [*cases.precision.values(), *cases.coverage.values()]:
            assert estimate.value in (1, None)
    alerts = scored.overall.alerts
    assert alerts.precision.value == 1
    assert alerts.false_per_million.value == 0
    assert alerts.calibration.brier.value == alerts.calibration.error.value == 0
    assert alerts.bystanders == alerts.repeats == 0
    assert scored.lookalikes_fooled.value == 0


def test_silence_scores_zero() -> None:
    scored = figures([matched(WORLD)])
    assert scored.overall.cases.found == 0
    assert scored.overall.cases.recall.value == scored.overall.cases.clause_recall.value == 0
    assert scored.overall.alerts.precision.value is None
    assert scored.overall.alerts.false_per_million.value == 0
    assert scored.overall.alerts.calibration.curve == []


def test_an_alert_for_everybody_is_punished() -> None:
    guilty = [
        planted(f"p{n}", sellers=[f"S{n}"], reviews=ids(f"r{n}-", 4), accounts=ids(f"a{n}-", 4))
        for n in range(5)
    ]
    alerts = [
        alert(sellers=[f"S{n}"], reviews=ids(f"r{n}-", 4), accounts=ids(f"a{n}-", 4))
        for n in range(100)
    ]
    scored = figures([matched(truth(*guilty), *alerts)])
    assert scored.overall.cases.recall.value == 1
    assert scored.overall.alerts.precision.value == 0.05
    assert scored.overall.alerts.named["accounts"].value == 0.05
    assert scored.overall.alerts.false_per_million.value == pytest.approx(95, rel=0.001)

    everyone = alert(
        "review_ring",
        reviews=[r for each in alerts for r in each.reviews],
        accounts=[a for each in alerts for a in each.accounts],
    )
    scored = figures([matched(truth(*guilty), everyone)])
    assert scored.overall.cases.found == scored.overall.cases.elsewhere == 0
    assert scored.overall.alerts.precision.value == 0


def test_several_alerts_of_one_case_count_once() -> None:
    case = planted(sellers=["S"], reviews=ids("r", 6))
    products = [
        alert(subject={"type": "product", "id": f"P{n}"}, reviews=ids("r", 6)) for n in range(9)
    ]
    scored = figures([matched(truth(case), *products, alert(sellers=["OTHER"]))])
    assert scored.overall.cases.recall.n == 1
    assert scored.overall.alerts.outcomes["hit"] == 9
    assert scored.overall.alerts.repeats == 8
    assert scored.overall.alerts.precision.value == 0.5


def test_a_sibling_clause_is_reported_apart() -> None:
    scored = figures([matched(WORLD, alert("review_gating", sellers=["S"], messages=["m"]))])
    assert (scored.overall.cases.found, scored.overall.cases.elsewhere) == (0, 1)
    assert scored.overall.alerts.outcomes["elsewhere"] == 1
    assert scored.overall.alerts.precision.value is None
    assert scored.overall.alerts.false_per_million.value == 0
    assert scored.overall.alerts.named["messages"].value is None


def test_each_clause_of_a_case_deserves_an_alert() -> None:
    scored = figures([matched(WORLD, alert(sellers=["S2"], messages=["c1"]))])
    chat = scored.variants["incentive_offer:in_a_chat"]
    assert chat.recall.value == 1
    assert chat.clause_recall.value == 0.5
    assert chat.coverage["messages"].value == pytest.approx(1 / 3, abs=0.001)


def test_precision_of_what_is_named() -> None:
    named = alert(sellers=["S"], reviews=[*ids("r", 6), "x", "y"], accounts=ids("a", 3))
    scored = figures([matched(WORLD, named)])
    for of in (scored.overall.alerts.named, scored.variants["incentive_offer:plain"].precision):
        assert of["reviews"].value == 0.75
        assert of["accounts"].value == 1
    assert scored.variants["incentive_offer:plain"].coverage["accounts"].value == 0.5


def test_people_who_act_for_the_seller_may_be_named() -> None:
    case = planted(sellers=["S"], messages=["m0"])
    world = truth(case)
    one = alert(sellers=["S"], messages=["m0"], accounts=["clerk"])
    for context, expected in ((Context(), 0), (Context(sender={"m0": "clerk"}), 1)):
        scored = figures([matched(world, one, context=context)])
        assert scored.overall.alerts.named["accounts"].value == expected


@pytest.mark.parametrize(("clause", "right"), [("change_request", 1), ("incentive_offer", 0)])
def test_reviews_pressed_about_may_be_named(clause: str, right: float) -> None:
    world = truth(planted("pressed", clause, sellers=["S"], messages=["m0"]))
    one = alert(clause, sellers=["S"], messages=["m0"], reviews=["r"])
    scored = figures([matched(world, one, context=Context(about={"m0": "r"}))])
    assert scored.overall.alerts.named["reviews"].value == right


def test_accused_witnesses_are_counted_and_wrong() -> None:
    case = planted(sellers=["S"], reviews=["r0"], evidence=["told"], affected=["honest"])
    one = alert(sellers=["S"], reviews=["r0", "told"], accounts=["honest"])
    scored = figures([matched(truth(case), one)])
    assert scored.overall.alerts.bystanders == 2
    assert scored.overall.alerts.named["reviews"].value == 0.5


def test_lookalikes_tell_what_fooled_them() -> None:
    fans = [alert("review_ring", accounts=ids("fa", 5)), alert(accounts=ids("fa", 4))]
    scored = figures([matched(WORLD, *fans)])
    (found,) = scored.lookalikes
    assert (found.name, found.variant) == ("shared_taste", "plain")
    assert (found.cases, found.fooled) == (1, 1)
    assert found.alerts == {"incentive_offer": 1, "review_ring": 1}
    assert scored.clauses["review_ring"].alerts.outcomes["lookalike"] == 1


def test_the_delay_runs_from_the_first_act_to_the_opening_revision() -> None:
    days = [
        alert(
            sellers=["S"], messages=["m"], revision=n, last_event_at=f"2025-03-{day:02}T00:00:00Z"
        )
        for n, day in ((3, 21), (1, 4), (2, 9))
    ]
    withdrawn = msgspec.structs.replace(days[1], revision=0, status="withdrawn")
    for revisions, delay in ((days[:1], 20), (days, 3), ([*days, withdrawn], 3)):
        scored = figures([match(WORLD, standing([revisions]), matched(WORLD).context)])
        assert scored.overall.cases.delay_days.value == delay


def test_the_latest_revision_counts() -> None:
    revisions = [alert(sellers=["S"], messages=["m"])]
    assert standing([revisions])
    revisions.append(msgspec.structs.replace(revisions[0], revision=2, status="withdrawn"))
    assert standing([revisions]) == []


def test_worlds_are_pooled() -> None:
    one = matched(WORLD, alert(sellers=["S"], messages=["m"]))
    scored = figures([one, matched(WORLD)])
    assert len(scored.worlds) == 2
    assert (scored.overall.cases.found, scored.overall.cases.planted) == (1, 6)
    assert scored.organic_events == 2 * (1_000_000 - 30)


def test_the_order_of_alerts_changes_nothing() -> None:
    alerts = [*oracle(WORLD), alert(sellers=["X"]), alert("review_ring", accounts=ids("fa", 5))]
    assert _encoded(WORLD, alerts) == _encoded(WORLD, alerts[::-1])


def test_the_same_seed_gives_the_same_intervals() -> None:
    alerts = [
        *oracle(WORLD),
        *(alert(sellers=[f"X{n}"], score=round(0.5 + n / 100, 2)) for n in range(40)),
    ]
    assert _encoded(WORLD, alerts, seed=3) == _encoded(WORLD, alerts, seed=3)
    assert _encoded(WORLD, alerts, seed=3) != _encoded(WORLD, alerts, seed=4)


def _encoded(world: Truth, alerts: Sequence[Alert], seed: int = 1) -> bytes:
    return msgspec.json.encode(figures([matched(world, *alerts)], Bootstrap(seed)))


def test_json_holds_every_clause_and_kind() -> None:
    scored = figures([matched(WORLD, *oracle(WORLD))])
    again = msgspec.json.decode(msgspec.json.encode(scored), type=Figures)
    assert again == scored
    assert tuple(again.clauses) == CLAUSES
    assert tuple(again.overall.alerts.named) == KINDS
