"""Data for each revision of each database: what is in its tables before the next one comes.

One module a tree, named as the folder in `migrations/`, with `SAMPLES`: revision -> Sample. A revision without one
fails `tests/migrations`: whoever changes a schema says here what a row looks like then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a revision adds. Every new column of every table must have a value here that is not NULL.

    `tables`: rows of tables that are new. `columns`: values of new columns in tables that were there.
    `filled`: what the upgrade itself writes into new columns of rows that were there; NULL where nothing is said.
    `single`: tables that can only have one row. Of every other table a second row is made, NULL wherever it may be.
    """

    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    columns: Mapping[str, Row] = field(default_factory=dict)
    filled: Mapping[str, Row] = field(default_factory=dict)
    single: frozenset[str] = frozenset()
