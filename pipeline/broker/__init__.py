"""The embedded broker: real Apache Kafka on one node, with no Docker and no Java to install.

with broker.start(port=0, ephemeral=True) as kafka:
    print(kafka.bootstrap_servers)
"""

from __future__ import annotations

from pipeline.broker.errors import BrokerError
from pipeline.broker.server import DEFAULT_PORT, Broker, find, running, start, stop

__all__ = ["DEFAULT_PORT", "Broker", "BrokerError", "find", "running", "start", "stop"]
