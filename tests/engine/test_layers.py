"""The core is pure: schemas, detectors and the engine import no Kafka client, alone or together."""

from __future__ import annotations

import subprocess
import sys

import pytest

CORE = [
    "schemas.decode",
    "schemas.export",
    "schemas.dead_letters",
    "detectors.registry",
    "pipeline.config",
    "pipeline.replay",
    "pipeline.sorting",
    "pipeline.codec",
]
CLIENTS = {"aiokafka", "kafka", "faust", "mode", "confluent_kafka", "asyncio", "jgo"}

PROBE = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({m.partition(".")[0] for m in sys.modules}))
"""


@pytest.mark.parametrize("module", CORE)
def test_core_imports_no_client(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, module], capture_output=True, text=True, check=True
    )
    assert CLIENTS & set(done.stdout.split()) == set()


@pytest.mark.parametrize("module", ["pipeline.live.worker", "pipeline.kafka.produce"])
def test_the_probe_sees_clients_where_they_are(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, module], capture_output=True, text=True, check=True
    )
    assert {"aiokafka"} <= set(done.stdout.split())
