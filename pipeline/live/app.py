"""The Faust app: one agent a stage, each handing chunks to their lanes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import faust

from pipeline.live import driver
from pipeline.live.board import Board
from pipeline.live.plan import Plan
from pipeline.live.reader import Reader

_HEARTBEATS_A_SESSION = 3
_HEARTBEAT_SECONDS = 1.0
"""At most: a worker learns of a rebalance with a heartbeat, and the others rest until it has."""
_REBALANCE_SECONDS = 30.0


def build(
    plan: Plan, bootstrap_servers: list[str], board: Board, reader: Reader, folder: Path
) -> faust.App:
    """The app of one worker; `folder` is a scratch folder of its own."""
    driver.register()
    session = plan.live.session_seconds
    app = faust.App(
        plan.internal.group,
        broker=[f"{driver.SCHEME}://{server}" for server in bootstrap_servers],
        datadir=folder,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        PartitionAssignor=driver.Assignor,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
        table_standby_replicas=0,
        broker_client_id=f"starwatch-{socket.gethostname()}-{os.getpid()}",
        broker_session_timeout=session,
        broker_heartbeat_interval=min(session / _HEARTBEATS_A_SESSION, _HEARTBEAT_SECONDS),
        broker_rebalance_timeout=_REBALANCE_SECONDS,
    )
    app.reader, app.assignments = reader, board
    _stage(app, "intake", plan.sources, board)
    _stage(app, "keyspaces", [plan.internal.deltas], board)
    return app


def _stage(app: faust.App, name: str, topics: Iterable[str], board: Board) -> None:
    schema = driver.ChunkSchema(
        key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )

    async def run(chunks: Any) -> None:
        async for chunk in chunks:
            board.deliver(chunk)

    app.agent(app.topic(*topics, schema=schema, acks=False), name=name)(run)
