"""A worker's folder goes with it, and so do those of killed ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import StarwatchError
from pipeline.live.folders import own_folder
from tests.live.fleet import ROOT

HOLD = """
import sys
from pipeline.live.folders import own_folder
with own_folder(sys.argv[1]) as folder:
    (folder / "state").mkdir()
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_folders_of_killed_workers_are_deleted_and_those_of_living_ones_kept(
    tmp_path: Path,
) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        killed, living = (Path(h.stdout.readline().strip()) for h in holders if h.stdout)
        holders[0].kill()
        holders[0].wait()
        assert killed.exists()
        other = tmp_path / "somebody-elses"
        other.mkdir()
        with own_folder(str(tmp_path)) as mine:
            assert set(tmp_path.iterdir()) == {mine, living, other}
        assert set(tmp_path.iterdir()) == {living, other}
        holders[1].communicate()
        assert set(tmp_path.iterdir()) == {other}
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def test_a_folder_that_cannot_be_used_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(StarwatchError, match="folder"), own_folder(str(tmp_path / "absent")):
        pass
