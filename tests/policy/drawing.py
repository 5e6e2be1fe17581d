"""Step curves as SVG, drawn by hand: a share by day, one line a pack, readable without colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 46, 66
# Colours that differ in lightness too (Okabe and Ito), each with a dash of its own.
STYLES = (("#000000", ""), ("#D55E00", ""), ("#0072B2", "7 4"), ("#009E73", "2 3"))


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: a day for each of many, None for never."""

    name: str
    days: Sequence[int | None]


def drawn(title: str, under: str, width: int, lines: Sequence[Line]) -> str:
    """The picture. `width`: days on the axis; `under`: what the days are."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
        *_axes(under, width), *_curves(width, lines), *_legend(lines), "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(day: float, width: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * day / width, 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _axes(under: str, width: int) -> Iterator[str]:
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        yield f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{percent} %</text>'
    for day in range(0, width + 1, 10):
        x = _x(day, width)
        yield f'<line x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(0) + 5}" stroke="#000000"/>'
        yield f'<text x="{x}" y="{_y(0) + 20}" text-anchor="middle">{day}</text>'
    yield f'<line x1="{LEFT}" y1="{_y(0)}" x2="{WIDTH - RIGHT}" y2="{_y(0)}" stroke="#000000"/>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 26}" text-anchor="middle">{escape(under)}</text>'


def _curves(width: int, lines: Sequence[Line]) -> Iterator[str]:
    for line, (colour, dash) in zip(lines, STYLES, strict=True):
        known = sorted(one for one in line.days if one is not None and one <= width)
        path, share = f"M{_x(0, width)} {_y(0)}", 0.0
        for day in dict.fromkeys(known):
            share += known.count(day) / len(line.days)
            path += f" H{_x(day, width)} V{_y(share)}"
        path += f" H{_x(width, width)}"
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dashes}/>'


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    for place, (line, (colour, dash)) in enumerate(zip(lines, STYLES, strict=True)):
        x, y = LEFT + place * 160, HEIGHT - 8
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        yield f'<line x1="{x}" y1="{y - 4}" x2="{x + 28}" y2="{y - 4}" stroke="{colour}" stroke-width="2.5"{dashes}/>'
        yield f'<text x="{x + 34}" y="{y}">{escape(line.name)}</text>'
