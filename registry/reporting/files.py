"""A report as files: one page in HTML with its charts beside it, and each table as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from registry.reporting.charts import svg
from registry.reporting.figures import Cell, Figure, Words

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:600}"
    "th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #ccc;vertical-align:top}"
    "img{max-width:100%;height:auto}code{overflow-wrap:anywhere}"
)
# A cell that begins like a formula is one to a spreadsheet (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(figure: Figure) -> str:
    """The figure's table as CSV (RFC 4180), with its heads."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(one) for one in figure.heads])
    writer.writerows([_harmless(one) for one in row] for row in figure.rows)
    return text.getvalue()


def table_of(figure: Figure) -> Markup:
    """The figure's table as HTML: the first cell of a row is its head."""
    heads = Markup("").join(Markup("<th scope=\"col\">{}</th>").format(one) for one in figure.heads)
    rows = Markup("").join(
        Markup("<tr><th scope=\"row\">{}</th>{}</tr>\n").format(
            row[0], Markup("").join(Markup("<td>{}</td>").format(one) for one in row[1:]))
        for row in figure.rows)
    return Markup("<table>\n<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>").format(
        figure.title, heads, rows)


def report_of(
    figures: Sequence[Figure], say: Words, language: str, title: str, facts: Sequence[tuple[str, str]]
) -> Mapping[str, str]:
    """File names and their contents: `report.html`, an SVG and a CSV for each figure. `facts` stand at the top."""
    body = Markup("\n").join(
        Markup("<section>\n<h2>{}</h2>\n<p>{}</p>\n{}\n{}\n<p><a href=\"{}.csv\">{}</a></p>\n</section>").format(
            one.title, one.note, _image(one, say), table_of(one), one.key, say("report.csv"))
        for one in figures)
    about = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in facts)
    page = Markup(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n<title>{}</title>\n<style>{}</style>\n'
        "</head>\n<body>\n<h1>{}</h1>\n<dl>{}</dl>\n{}\n</body>\n</html>\n"
    ).format(language, title, Markup(STYLE), title, about, body)  # noqa: S704 - our own style
    charts = {f"{one.key}.svg": svg(one.chart) for one in figures if not one.empty}
    return {"report.html": str(page), **charts, **{f"{one.key}.csv": csv_of(one) for one in figures}}


def _image(figure: Figure, say: Words) -> Markup:
    if figure.empty:
        return Markup("<p><em>{}</em></p>").format(say("figures.empty"))
    return Markup('<p><img src="{}.svg" width="800" alt="{}"></p>').format(
        figure.key, say("figures.alt", title=figure.title))


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
