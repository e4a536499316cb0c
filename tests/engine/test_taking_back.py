"""What outlives a detector or a state: words taken back, revisions gone on from."""

from __future__ import annotations

from pipeline.cases import CaseSettings, CaseShard
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess, detector_refs
from pipeline.shard import LastWords, Said
from pipeline.topology import Topology
from tests.engine.cluster import FAR, content, replay
from tests.engine.test_convergence import world
from tests.engine.toys import Crowds

TOPOLOGY = Topology([Crowds()])
LINES = [raw for _, raw in world(1, 400, 400)]


def test_taken_back_words_beat_what_was_said_and_lose_to_what_is_said_next() -> None:
    said = Said("cases", "c", "findings", "", "e", 5, "digest")
    silent, deltas = LastWords(3, (said,)).taken_back()
    assert silent == LastWords(4, ())
    (delta,) = deltas
    assert delta.entry.row is None
    assert 2 * 3 + 1 < delta.entry.rank < 2 * (silent.version + 1)


def rerun(adopted: CaseShard) -> InProcess:
    """A run from the first event with the published cases of another."""
    runner = InProcess(TOPOLOGY, CaseSettings())
    for alert in adopted.latest():
        runner.cases.adopt(alert)
    intake, clock = Intake(TOPOLOGY, IntakeSettings()), SourceClock()
    for raw in LINES:
        runner.join(intake.take(raw, clock, FAR).deltas)
    runner.finish()
    return runner


def test_a_rebuild_of_the_same_publishes_nothing_new() -> None:
    first = replay(TOPOLOGY, LINES).cases
    again = rerun(first).cases
    assert list(again.latest()) == list(first.latest())
    assert again.withdraw_unfounded() == []


def test_a_rebuild_goes_on_from_revisions_and_withdraws_what_it_does_not_find() -> None:
    first = replay(TOPOLOGY, LINES[:300]).cases
    before = {alert.case_id: alert for alert in first.latest()}
    assert content(before.values())
    other = CaseShard(TOPOLOGY.layouts["cases"], CaseSettings(), detector_refs(TOPOLOGY))
    for alert in before.values():
        other.adopt(alert)
    withdrawn = other.withdraw_unfounded()
    assert {a.case_id for a in withdrawn} == {c for c, a in before.items() if a.status == "open"}
    assert all(a.status == "withdrawn" for a in withdrawn)
    assert all(a.revision == before[a.case_id].revision + 1 for a in withdrawn)
    assert other.withdraw_unfounded() == []

    again = rerun(first).cases
    changed = [a for a in again.latest() if a.case_id in before and a != before[a.case_id]]
    assert changed
    assert all(a.revision > before[a.case_id].revision for a in changed)
    assert content(again.latest()) == content(replay(TOPOLOGY, LINES).cases.latest())


def test_judging_may_stop_and_go_on() -> None:
    whole, parts = (InProcess(TOPOLOGY, CaseSettings(), eager=True) for _ in range(2))
    intake, clock = Intake(TOPOLOGY, IntakeSettings()), SourceClock()
    for raw in LINES:
        deltas = intake.take(raw, clock, FAR).deltas
        whole.join(deltas)
        parts.join(deltas)
    for name, shard in parts.shards.items():
        expected = whole.shards[name].judge()
        got, rounds = [], 0
        while shard.unjudged:
            got += shard.judge(stop=lambda: True).deltas
            rounds += 1
        assert got == expected.deltas
        assert rounds == len(shard.keys)
        whole.join(expected.deltas)
        parts.join(got)
