"""A worker with toy detectors: python -m tests.live.toy_worker BOOTSTRAP_SERVERS CONFIG."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.config import read
from pipeline.errors import StarwatchError
from pipeline.live.worker import run
from pipeline.topology import Topology
from tests.engine.toys import Crowds

if __name__ == "__main__":
    try:
        raise SystemExit(run(read(Path(sys.argv[2])), sys.argv[1], Topology([Crowds()])))
    except StarwatchError as error:
        raise SystemExit(str(error)) from None
