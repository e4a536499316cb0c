"""The data files that reading depends on, for the fingerprints of the detectors that read."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def content() -> bytes:
    """Lexicons, rules and model, in the order of their names."""
    folder = resources.files("detectors.text")
    files = [*folder.iterdir(), *(folder / "lexicons").iterdir()]
    data = sorted((f.name, f.read_bytes()) for f in files if f.name.endswith((".toml", ".json")))
    return b"".join(content for _, content in data)
