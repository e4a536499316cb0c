"""A worker of the chaos suite: python -m tests.chaos.worker BOOTSTRAP_SERVERS CONFIG."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.config import read
from pipeline.live.worker import run
from tests.chaos.detectors import topology

if __name__ == "__main__":
    raise SystemExit(run(read(Path(sys.argv[2])), sys.argv[1], topology()))
