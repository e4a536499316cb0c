"""Starting and stopping the embedded broker, as Python and as a command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from pipeline import broker
from pipeline.broker import jars, registry
from pipeline.kafka import topics
from pipeline.kafka.clients import admin
from pipeline.kafka.layout import Topic

from .conftest import STARWATCH


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A registry and data directory of its own; whatever a failed test leaves running is ended."""
    jars.class_path()  # from the real cache; the rest is not shared
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    yield tmp_path
    for left in broker.running():
        broker.stop(left, timeout_s=5)


def starwatch(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*STARWATCH, *map(str, arguments)],
        capture_output=True,  # returns only when nobody holds these pipes any more
        text=True,
        timeout=90,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | variables,
        check=False,
    )


def topic_names(bootstrap_servers: str) -> set[str]:
    with admin(bootstrap_servers) as client:
        return set(client.list_topics())


def test_the_command_needs_no_java_and_leaves_nothing_behind(home: Path) -> None:
    data = home / "data"
    bare = {"PATH": "/nonexistent", "JAVA_HOME": "", "JAVA_TOOL_OPTIONS": "-Xmx1k"}
    started = starwatch("kafka", "start", "--port", 0, "--data-dir", data, **bare)
    assert started.returncode == 0, started.stderr
    address = started.stdout.strip()
    port = address.rpartition(":")[2]
    assert topic_names(address) == set()

    again = starwatch("kafka", "start", "--port", port)
    assert (again.returncode, again.stdout.strip()) == (0, address)
    assert f"was up already on port {port}" in again.stderr

    listed = json.loads(starwatch("kafka", "status", "--json").stdout)
    assert [(b["bootstrap_servers"], b["data_dir"]) for b in listed] == [(address, str(data))]
    process = psutil.Process(listed[0]["pid"])
    assert "Kafka Server started" in Path(listed[0]["log"]).read_text()
    if sys.platform == "linux":
        assert process.terminal() is None
        assert os.getsid(process.pid) == process.pid

    elsewhere = starwatch("kafka", "start", "--port", port, "--data-dir", home / "other")
    assert elsewhere.returncode == 1
    assert f"keeps its data in {data}" in elsewhere.stderr

    stopped = starwatch("kafka", "stop", "--data-dir", data)
    assert stopped.returncode == 0
    assert not process.is_running()
    assert starwatch("kafka", "status", "--port", port).returncode == 1
    assert starwatch("kafka", "stop", "--port", port).returncode == 0


def test_data_survives_a_stop_and_another_port(home: Path) -> None:
    data = home / "data"
    topic = Topic("kept", 2, 1, {})
    with broker.start(port=0, data_dir=data) as first:
        topics.create(first.bootstrap_servers, [topic])
    with broker.start(port=0, data_dir=data) as second:
        assert topic_names(second.bootstrap_servers) == {"kept"}
        assert (data / "kafka.log.1").exists()


def test_an_ephemeral_broker_takes_its_data_with_it() -> None:
    with broker.start(port=0, ephemeral=True) as running:
        assert (running.data_dir / "data" / "meta.properties").exists()
        with broker.start(port=running.port) as found:  # does not own it, so does not stop it
            assert (found.pid, found.started_here) == (running.pid, False)
        assert psutil.pid_exists(running.pid)
    assert not running.data_dir.exists()
    assert not psutil.pid_exists(running.pid)


def test_two_brokers_side_by_side_have_nothing_in_common(home: Path) -> None:
    with (
        broker.start(port=0, data_dir=home / "a") as a,
        broker.start(port=0, data_dir=home / "b") as b,
    ):
        topics.create(a.bootstrap_servers, [Topic("only-a", 1, 1, {})])
        assert topic_names(b.bootstrap_servers) == set()
        assert {r.port for r in broker.running()} == {a.port, b.port}
        with pytest.raises(broker.BrokerError, match=f"in use by the broker on port {a.port}"):
            broker.start(port=0, data_dir=home / "a")


def test_a_port_that_another_program_has_is_left_alone(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = starwatch("kafka", "start", "--port", port)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is taken" in refused.stderr
    assert "--bootstrap-servers" in refused.stderr
    assert not (home / "share").exists()


def test_after_a_crash_it_starts_again_on_the_same_data(home: Path) -> None:
    data = home / "data"
    crashed = broker.start(port=0, data_dir=data)
    topics.create(crashed.bootstrap_servers, [Topic("kept", 1, 1, {})])
    os.kill(crashed.pid, signal.SIGKILL)
    assert crashed.child is not None
    crashed.child.wait()
    assert broker.find(crashed.port) is None
    with broker.start(port=crashed.port, data_dir=data) as again:
        assert again.pid != crashed.pid
        assert topic_names(again.bootstrap_servers) == {"kept"}


def test_a_pid_that_another_program_got_is_never_signalled(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as innocent:
        stale = registry.Record(innocent.pid, "0123456789abcdef", 1, str(home), ephemeral=False)
        with registry.locked():
            registry.remember(stale)
        assert broker.running() == []
        broker.stop(broker.Broker(stale))
        assert innocent.poll() is None
        assert registry.recorded(1) is None
        innocent.kill()


def test_a_broker_that_ignores_the_signal_is_killed(home: Path) -> None:
    running = broker.start(port=0, ephemeral=True)
    os.kill(running.pid, signal.SIGSTOP)
    begun = time.monotonic()
    broker.stop(running, timeout_s=1)
    assert time.monotonic() - begun < 10
    assert not psutil.pid_exists(running.pid)
    assert not running.data_dir.exists()


def test_a_broker_that_cannot_start_tells_the_end_of_its_log(home: Path) -> None:
    data = home / "data"
    (data / "data").mkdir(parents=True)
    (data / "data" / "meta.properties").write_text("version=1\ncluster.id=x\nnode.id=77\n")
    with pytest.raises(broker.BrokerError, match=r"(?s)ended as it started.*kafka\.log.*77"):
        broker.start(port=0, data_dir=data)
    assert broker.running() == []


def test_a_damaged_record_of_a_broker_is_no_obstacle(home: Path) -> None:
    folder = home / "state" / "starwatch" / "brokers"
    folder.mkdir(parents=True)
    (folder / "9092.json").write_text("{")
    (folder / "notes.json").write_text("{}")
    assert broker.running() == []
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode((folder / "9092.json").read_bytes())


def test_a_child_whose_command_line_does_not_show_yet_is_ended_all_the_same(home: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    record = registry.Record(child.pid, "0123456789abcdef", 1, str(home), ephemeral=False)
    broker.stop(broker.Broker(record, child))
    assert child.returncode is not None
