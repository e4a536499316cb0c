"""The reliability curve as a picture (SVG)."""

from __future__ import annotations

from pipeline.scorer.calibration import Bin, Calibration

SIDE = 360
"""Of the square, in pixels."""
MARGIN = 48
LARGEST = 10
"""Radius of the bin with the most alerts; the area of the others follows their number."""


def reliability(calibration: Calibration, title: str = "Reliability") -> str:
    """An SVG of the curve: mean score across, share of right alerts up, and the diagonal on which
    honest scores lie. The area of a dot is the number of alerts."""
    most = max((each.count for each in calibration.curve), default=1)
    dots = "".join(_dot(each, most) for each in calibration.curve)
    path = " ".join(f"{_x(b.mean_score):.1f},{_y(b.share_right):.1f}" for b in calibration.curve)
    ticks = "".join(_tick(tenth / 10) for tenth in range(0, 11, 2))
    whole = SIDE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" '
        f'font-family="sans-serif" font-size="11" fill="#333">\n'
        f"<title>{title}</title>\n"
        f'<rect width="{whole}" height="{whole}" fill="#fff"/>\n'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" '
        f'stroke="#999"/>\n'
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999" '
        f'stroke-dasharray="4 4"/>\n'
        f"{ticks}"
        f'<polyline points="{path}" fill="none" stroke="#06c"/>\n'
        f"{dots}"
        f'<text x="{whole / 2}" y="{whole - 8}" text-anchor="middle">mean score</text>\n'
        f'<text x="14" y="{whole / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {whole / 2})">share of right alerts</text>\n'
        f'<text x="{whole / 2}" y="24" text-anchor="middle" font-size="14">{title}</text>\n'
        "</svg>\n"
    )


def _x(value: float) -> float:
    return MARGIN + value * SIDE


def _y(value: float) -> float:
    return MARGIN + (1 - value) * SIDE


def _dot(each: Bin, most: int) -> str:
    radius = max(2.0, LARGEST * (each.count / most) ** 0.5)
    return (
        f'<circle cx="{_x(each.mean_score):.1f}" cy="{_y(each.share_right):.1f}" r="{radius:.1f}" '
        f'fill="#06c" fill-opacity="0.6"><title>{each.count} alerts, mean score '
        f"{each.mean_score:.2f}, {each.share_right:.2f} right</title></circle>\n"
    )


def _tick(value: float) -> str:
    return (
        f'<text x="{_x(value)}" y="{_y(0) + 16}" text-anchor="middle">{value:.1f}</text>\n'
        f'<text x="{_x(0) - 6}" y="{_y(value) + 4}" text-anchor="end">{value:.1f}</text>\n'
    )
