"""Write `jars.lock` anew: `python -m pipeline.broker.relock` (network; for a new Kafka version).

Resolves the dependencies from the coordinates below, fetches every jar, and records its SHA-256.
"""

from __future__ import annotations

import jgo

from pipeline.broker.jars import LOCK_FILE, Jar, sha256

# "!" keeps the logging binding's parent from managing versions: it would pull the broker's own
# kafka-clients down to an older release.
COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!",
)
_HEADER = """\
# Jars of the embedded broker, in class path order. Written by `python -m pipeline.broker.relock`.
# Each jar is compared with its SHA-256 before every start.
"""


def main() -> None:
    """Resolve, fetch, hash and write."""
    jars = [
        Jar(found.groupId, found.artifactId, found.version, sha256(found.resolve()))
        for found in jgo.resolve("+".join(COORDINATES))
    ]
    jars.sort(key=lambda jar: jar.coordinate)
    LOCK_FILE.write_text(_HEADER + "".join(f"{jar}\n" for jar in jars), encoding="utf-8")


if __name__ == "__main__":
    main()
