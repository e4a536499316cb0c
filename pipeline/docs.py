"""Writes the documentation pages that come from declarations: `python -m pipeline.docs DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from detectors.registry import DETECTORS
from pipeline import catalogue, config


def pages() -> dict[str, str]:
    """File name below the docs folder -> content."""
    entries = [catalogue.entry(kind()) for kind in DETECTORS]
    return {
        "configuration.md": config.reference(),
        "detectors/README.md": catalogue.index(entries),
        **{f"detectors/{each.name}.md": catalogue.page(each) for each in entries},
    }


def main() -> None:
    """Write every generated page below the folder named."""
    folder = Path(sys.argv[1])
    for name, content in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
