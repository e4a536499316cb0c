"""Curves over time as a picture (SVG): panels one under the other with a common axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, MARGIN = 720, 120, 64
"""Of a panel, and around it, in pixels."""
COLOURS = ("#06c", "#c60", "#393", "#909")


@dataclass(frozen=True)
class Line:
    """A curve."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Panel:
    """Curves on one scale, which begins at 0."""

    title: str
    lines: Sequence[Line]


def chart(title: str, across: str, panels: Sequence[Panel]) -> str:
    """An SVG; `across` names the common axis, which begins at 0 as well."""
    right = max((max(line.x, default=0) for p in panels for line in p.lines), default=0) or 1
    width, height = WIDTH + 2 * MARGIN, len(panels) * (HEIGHT + MARGIN) + MARGIN
    drawn = "".join(
        part
        for n, panel in enumerate(panels)
        for part in _panel(panel, MARGIN + n * (HEIGHT + MARGIN), right)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="11" fill="#333">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
        f'<text x="{MARGIN}" y="24" font-size="14">{escape(title)}</text>\n{drawn}'
        f'<text x="{MARGIN + WIDTH}" y="{height - 28}" text-anchor="end">0 to {right:.1f} '
        f"{escape(across)}</text>\n</svg>\n"
    )


def _panel(panel: Panel, top: int, right: float) -> Iterator[str]:
    most = max((max(line.y, default=0) for line in panel.lines), default=0) or 1
    yield (
        f'<rect x="{MARGIN}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" '
        f'stroke="#999"/>\n'
        f'<text x="{MARGIN}" y="{top - 8}">{escape(panel.title)}</text>\n'
        f'<text x="{MARGIN - 6}" y="{top + 10}" text-anchor="end">{most:,.4g}</text>\n'
        f'<text x="{MARGIN - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>\n'
    )
    for n, line in enumerate(panel.lines):
        colour = COLOURS[n % len(COLOURS)]
        points = " ".join(
            f"{MARGIN + x / right * WIDTH:.1f},{top + (1 - y / most) * HEIGHT:.1f}"
            for x, y in zip(line.x, line.y, strict=True)
        )
        yield (
            f'<polyline points="{points}" fill="none" stroke="{colour}"/>\n'
            f'<text x="{MARGIN + WIDTH}" y="{top - 8 - 13 * (len(panel.lines) - 1 - n)}" '
            f'text-anchor="end" fill="{colour}">{escape(line.name)}</text>\n'
        )
