"""Every microsecond of a replay has an owner."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.load import write
from benchmarks.shares import measure
from detectors.registry import DETECTORS
from pipeline.config import Config


def test_every_detector_has_its_share_and_the_engine_the_rest(tmp_path: Path) -> None:
    for _ in write(1_000, 30.0, 1, tmp_path):
        pass
    shares = measure(tmp_path, Config())
    assert shares.events == 1_000
    assert sorted(share.owner for share in shares.of) == sorted(["", *(d.name for d in DETECTORS)])
    assert shares.cpu == pytest.approx(sum(share.total for share in shares.of))
    assert all(share.folds > 0 and share.judges > 0 for share in shares.of if share.owner)
    assert shares.of[-1].owner == ""
    assert shares.of[-1].total > 0
