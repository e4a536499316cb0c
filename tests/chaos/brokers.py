"""Brokers that are there to be hurt: one alone, or three that keep three copies of everything."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline import broker
from pipeline.broker import jars, server
from pipeline.kafka.clients import ClusterError, admin

_COPIES = """
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
"""
_READY_SECONDS = 120.0


class Alone:
    """One broker that goes away and comes back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broker = broker.start(port=0, data_dir=folder)
        self.bootstrap_servers = self._broker.bootstrap_servers

    def stop(self) -> None:
        """SIGTERM."""
        broker.stop(self._broker)

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self._broker.pid, signal.SIGKILL)
        broker.stop(self._broker)

    def start(self) -> None:
        """The same broker again."""
        self._broker = broker.start(port=self._broker.port, data_dir=self._folder)

    def freeze(self) -> None:
        """It is there, and answers nobody."""
        os.kill(self._broker.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self._broker.pid, signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.thaw()
        self.stop()


class Three:
    """A cluster of three brokers, each a controller too."""

    def __init__(self, folder: Path) -> None:
        self._ports = {n: (server.free_port(), server.free_port()) for n in (1, 2, 3)}
        self._cluster_id = server.new_cluster_id()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, (_, port) in self._ports.items())
        for n, (port, controller_port) in self._ports.items():
            home = folder / f"broker{n}"
            home.mkdir()
            text = server.settings_text(port, controller_port, home / "data")
            own = f"node.id={n}\ncontroller.quorum.voters={voters}\n"
            # Of a setting that is given twice the later holds.
            (home / "server.properties").write_text(text + _COPIES + own)
        self._folder = folder
        self.bootstrap_servers = ",".join(f"127.0.0.1:{p}" for p, _ in self._ports.values())
        for n in self._ports:
            self.start(n)
        self._wait_for(3)

    def start(self, n: int) -> None:
        """Start a broker, or start it again."""
        settings = self._folder / f"broker{n}" / "server.properties"
        token = secrets.token_hex(8)
        self._processes[n] = server.run(settings, jars.class_path(), token, self._cluster_id)

    def kill(self, n: int) -> None:
        """SIGKILL a broker."""
        self._processes[n].kill()
        self._processes[n].wait()

    def freeze(self, n: int) -> None:
        """Stall a broker."""
        self._processes[n].send_signal(signal.SIGSTOP)

    def thaw(self, n: int) -> None:
        """Let a broker go on."""
        self._processes[n].send_signal(signal.SIGCONT)

    def busiest(self) -> int:
        """The broker that leads most partitions."""
        with admin(self.bootstrap_servers) as client:
            topics = client.describe_topics()
        leaders = Counter(p["leader_id"] for t in topics for p in t["partitions"])
        ((leader, _),) = leaders.most_common(1)
        return int(leader)

    def _wait_for(self, brokers: int) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                with admin(self.bootstrap_servers) as client:
                    if len(client.describe_cluster()["brokers"]) == brokers:
                        return
            except ClusterError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {brokers} brokers: see {self._folder}")
            time.sleep(0.5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
