"""The figures of the last commit, flat: one estimate a name, so that a change of the file shows
what moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from pipeline.errors import StarwatchError
from pipeline.scorer import Estimate

FILE = Path(__file__).with_name("figures.json")


class Side(Struct, frozen=True):
    """The figures on one corpus as it then was."""

    corpus: str
    """Hash of the texts and their labels."""
    figures: dict[str, Estimate]


def read(path: Path) -> dict[str, Side]:
    """The committed figures by side; none where there is no file yet."""
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Side])
    except msgspec.DecodeError as error:
        raise StarwatchError(f"{path}: not the figures of this bench: {error}") from error


def write(sides: Mapping[str, Side], path: Path) -> None:
    """Write the figures, one a line."""
    parts = []
    for name, side in sides.items():
        lines = ",\n".join(
            f"   {msgspec.json.encode(key).decode()}:{msgspec.json.encode(value).decode()}"
            for key, value in sorted(side.figures.items())
        )
        parts.append(f' "{name}":{{"corpus":"{side.corpus}",\n  "figures":{{\n{lines}}}}}')
    path.write_text("{\n" + ",\n".join(parts) + "}\n", encoding="utf-8")
