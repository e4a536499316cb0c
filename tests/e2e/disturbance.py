"""A world as real producers deliver it: out of order, doubled, with broken records in between."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.events import TOPICS

Body = dict[str, Any]


def _dump(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


BROKEN: dict[str, Callable[[Body], bytes]] = {
    "not JSON": lambda b: b"hello, is this on?",
    "cut off": lambda b: _dump(b)[:-2],
    "an array": lambda b: b"[" + _dump(b) + b"]",
    "no id": lambda b: _dump({k: v for k, v in b.items() if k != "event_id"}),
    "unknown type": lambda b: _dump({**b, "type": "review.liked"}),
    "no time": lambda b: _dump({k: v for k, v in b.items() if k != "occurred_at"}),
    "time without offset": lambda b: _dump({**b, "occurred_at": b["occurred_at"][:19]}),
    "no such day": lambda b: _dump({**b, "occurred_at": "2025-02-30T10:00:00Z"}),
    "year 9999": lambda b: _dump({**b, "occurred_at": "9999-12-31T23:59:59Z"}),
    "number for an id": lambda b: _dump({**b, "event_id": 7}),
    "long id": lambda b: _dump({**b, "event_id": "e" * 129}),
    "rating 7 or long id": lambda b: _dump(
        {**b, "rating": 7} if "rating" in b else {**b, "event_id": "e" * 200}
    ),
    "bad UTF-8 in an unknown field": lambda b: _dump(b)[:-1] + b', "x": "\xff\xfe"}',
    "deep": lambda b: b'{"event_id": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "NUL bytes": lambda b: b"\x00\x01" + _dump(b),
}
"""What can be wrong with a record, none of it to do with its place."""


def disturb(
    source: Path, target: Path, *, days: float, duplicates: float, bad: float, seed: int
) -> dict[tuple[str, int], str]:
    """Write the world of `source` to `target`: events moved by up to `days`, some twice (with other
    key order and an unknown field), broken lines added. The broken ones by (file, line)."""
    r = random.Random(f"disturbed-{seed}")
    target.mkdir(parents=True)
    broken: dict[tuple[str, int], str] = {}
    fresh = iter(range(1, 1 << 30))
    for topic in TOPICS:
        path = source / f"{topic}.jsonl"
        if not path.exists():
            continue
        placed: list[tuple[float, float, bytes, str]] = []
        for raw in path.read_bytes().splitlines():
            body = json.loads(raw)
            at = datetime.fromisoformat(body["occurred_at"]).timestamp()

            def later(at: float = at) -> float:
                return at + r.uniform(0, days * 86_400)

            placed.append((later(), r.random(), raw, ""))
            if r.random() < duplicates:
                mixed = list(body.items())
                r.shuffle(mixed)
                copy = _dump(dict(mixed, trace=r.random()))
                placed.append((later(), r.random(), copy, ""))
            if r.random() < bad:
                kind = r.choice(list(BROKEN))
                line = BROKEN[kind]({**body, "event_id": f"bad-{next(fresh)}"})
                placed.append((later(), r.random(), line, kind))
        placed.sort(key=lambda p: p[:2])
        with (target / path.name).open("wb") as out:
            for number, (_, _, raw, kind) in enumerate(placed, 1):
                out.write(raw + b"\n")
                if kind:
                    broken[path.name, number] = kind
    return broken
