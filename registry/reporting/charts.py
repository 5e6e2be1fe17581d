"""Charts as SVG files, by pygal: no script, nothing from elsewhere, the same bytes for the same numbers."""

from __future__ import annotations

import re
import sys
from typing import Any
from unicodedata import east_asian_width

from registry.reporting.figures import Chart

# Told apart also by who sees few colours (Okabe and Ito 2008), darkened to 3:1 on white.
COLOURS = ("#0072b2", "#d55e00", "#00815f", "#a85a86", "#8a6d00", "#3a3a3a")
KINDS = {"stacked": "StackedBar", "bars": "Bar", "across": "HorizontalBar", "lines": "Line"}
ROW = 26  # pixels of a horizontal bar
MOST_LABELS, MOST_LINES = 12, 6
SLANTED = 700  # pixels of labels side by side
# What only a script would show: half of the file. Bars of no length. And more decimals than there are pixels.
UNUSED = re.compile(
    r"<script.*?</script>|<!--.*?-->|<desc[^>]*>.*?</desc>| tooltip-trigger| rx=\"0\" ry=\"0\""
    r"|[^{}>]*(?:tooltip|:hover|\.active|map-element|gauge|text-overlay|showable)[^{}<]*\{[^{}]*\}", re.DOTALL)
FLAT = re.compile(r"<g class=\"bar\"><rect [^>]*(?:width|height)=\"0(?:\.0+)?\"[^>]*></g>")
DECIMALS = re.compile(r"(\d\.\d)\d{5,}")


def svg(chart: Chart) -> str:
    """The chart, 800 pixels wide."""
    import pygal  # type: ignore[import-untyped] # noqa: PLC0415 - a quarter of a second, for auditors alone
    from pygal.style import Style  # type: ignore[import-untyped] # noqa: PLC0415

    # It wants to find its plugins by itself, the old way, of which Python warns at every import that fails.
    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]
    style = Style(
        background="#ffffff", plot_background="#ffffff", foreground="#1b1b1b", foreground_strong="#1b1b1b",
        foreground_subtle="#6b6b6b", opacity="1", opacity_hover="1", transition="0s", colors=COLOURS,
        font_family="system-ui, sans-serif", label_font_size=14, major_label_font_size=14, legend_font_size=15,
        no_data_font_size=20,
    )
    across = chart.kind == "across"
    # Of many days only some are named, at a slant: the names would lie over each other.
    slanted = not across and sum(map(_width, chart.labels)) > SLANTED
    named = chart.labels[::max(1, -(-len(chart.labels) // MOST_LABELS))] if slanted else chart.labels
    drawn: Any = getattr(pygal, KINDS[chart.kind])(
        style=style, js=[], no_prefix=True, pretty_print=False, disable_xml_declaration=True, width=800,
        height=max(240, 120 + ROW * len(chart.labels) * max(1, len(chart.series))) if across else 380,
        legend_at_bottom=True, legend_at_bottom_columns=3, show_legend=len(chart.series) > 1, print_values=False,
        show_dots=True, dots_size=2, truncate_label=-1, truncate_legend=-1, x_label_rotation=35 if slanted else 0,
        show_minor_x_labels=not slanted, margin=12, margin_bottom=40,
        # What is wider than a Latin letter is taken for one.
        margin_left=12 + (max(map(_wider, chart.labels), default=0) if across else 0),
    )
    order = -1 if across else 1  # a horizontal chart counts from below
    drawn.x_labels = chart.labels[::order]
    if slanted:
        drawn.x_labels_major = named
    drawn.y_labels = _scale(chart)
    for name, values in chart.series:
        drawn.add(name, list(values)[::order])
    text: str = drawn.render(is_unicode=True)
    return DECIMALS.sub(r"\1", FLAT.sub("", UNUSED.sub("", text)))


def _scale(chart: Chart) -> list[int]:
    """Whole numbers from nought to the highest value or above, a handful of them."""
    rows = zip(*(values for _, values in chart.series), strict=True)
    highest = max((sum(row) if chart.kind == "stacked" else max(row) for row in rows), default=0)
    steps = (size * 10**power for power in range(19) for size in (1, 2, 5))
    step = next(one for one in steps if one * MOST_LINES >= highest)
    return list(range(0, max(highest, 1) + step, step))


def _wider(label: str) -> int:
    """By how many pixels more than pygal believes."""
    return sum(6 for letter in label if east_asian_width(letter) in "WF")


def _width(label: str) -> int:
    return 8 * len(label) + _wider(label) + 16
