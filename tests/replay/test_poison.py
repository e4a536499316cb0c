"""A replay meets the same poison as a worker: what raises is set aside, and everything else goes
on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from detectors.api import Detector
from pipeline.config import Config
from pipeline.files import Merge, find
from pipeline.replay import Report, replay
from pipeline.topology import Topology
from schemas.dead_letters import DeadLetter
from tests.engine.cluster import content
from tests.engine.test_convergence import START, review, world
from tests.engine.toys import Crowds, Raiser

FAR = 1 << 55


def run(
    folder: Path, detectors: Sequence[Detector], monkeypatch: pytest.MonkeyPatch
) -> tuple[Report, list[DeadLetter], dict[str, str]]:
    monkeypatch.setattr(Config, "topology", lambda _: Topology(detectors))
    report, letters = Report(), list[DeadLetter]()
    cases = replay(
        Merge(find([folder])),
        Config(),
        present=FAR,
        report=report,
        refused=letters.append,
        progress=lambda: None,
    )
    return report, letters, content(cases)


def test_poison_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Any] = [raw for _, raw in world(1, 400, 400)]
    lines.insert(0, review(9001, START, 1, 1)[1].replace(b'"p1"', b'"poison"'))
    lines.insert(0, review(9002, START, 1, 1)[1].replace(b'"p1"', b'"raise"'))
    (tmp_path / "reviews.jsonl").write_bytes(b"\n".join(lines))
    _, _, sound = run(tmp_path, [Crowds()], monkeypatch)

    report, letters, cases = run(tmp_path, [Crowds(), Raiser()], monkeypatch)
    assert cases == sound
    assert cases
    assert report.refused == {"detector_error": 1}
    assert report.failures == {"toy_raiser.product": 1}
    (letter,) = letters
    assert letter.source.line == 2
    assert letter.detector == "toy_raiser"
    assert letter.message == "detector toy_raiser: RuntimeError: cannot read this"
    assert json.loads(letter.record())["product_id"] == "poison"
