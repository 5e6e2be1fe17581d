"""Parts of a page: sections, lists and tables. Whatever they are given is shown as text unless it is Markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from markupsafe import Markup

Cell = str | int | Markup


class Words(Protocol):
    """The words of a key in the page's language."""

    def __call__(self, key: str, /, **params: object) -> str: ...


def section(title: str, *parts: Cell) -> Markup:
    """A titled part; plain texts in it become paragraphs."""
    shown = Markup("\n").join(
        part if isinstance(part, Markup) else Markup("<p>{}</p>").format(part) for part in parts)
    return Markup("<section>\n<h2>{}</h2>\n{}\n</section>").format(title, shown)


def listed(rows: Iterable[tuple[Cell, Cell]]) -> Markup:
    """Terms, and what is said of each."""
    return Markup("<dl>\n{}\n</dl>").format(
        Markup("\n").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in rows))


def table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Markup:
    """A table whose first cell of a row is its head."""
    shown = Markup("\n").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row[0], Markup("").join(Markup("<td>{}</td>").format(one) for one in row[1:]))
        for row in rows)
    named = Markup("").join(Markup('<th scope="col">{}</th>').format(one) for one in heads)
    return Markup("<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>").format(named, shown)
