"""A worker with toy detectors: python -m tests.live.toy_worker BOOTSTRAP_SERVERS CONFIG."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.config import read
from pipeline.live.worker import run
from pipeline.topology import Topology
from tests.engine.toys import Crowds

if __name__ == "__main__":
    raise SystemExit(run(read(Path(sys.argv[2])), sys.argv[1], Topology([Crowds()])))
