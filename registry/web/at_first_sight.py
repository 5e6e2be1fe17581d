"""Bodies that are right at first sight.

The schema library judges a body by looking at every member that could be there and keeping what it finds wrong with
each: a tenth of a lookup. Most bodies have nothing wrong with them. So schemas that ask for it are tried this way
first, with their fields' own checks; whoever is not plainly right is judged by the library, which says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, missing

LOADING = ("pre_load", "post_load", "validates", "validates_schema")

Check = Callable[[Any], Any]


class PlainSchema(Schema):
    """`plain`: members of which, where no other is there, nothing is asked but what their fields say: strings.
    `of_others`: methods of the schema's own that find nothing to do where only such members are there."""

    plain: ClassVar[frozenset[str]]
    of_others: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **options: Any) -> None:
        """Raises TypeError for a plain member that is more than a string with checks, for a member that is filled in
        where it lacks, and for a check or a change of the whole that is not named: at first sight they are passed
        over."""
        super().__init__(**options)
        if unnamed := {name for when in LOADING for name, *_ in self._hooks.get(when, ())} - self.of_others:
            raise TypeError(f"passed over at first sight, and not named in of_others: {sorted(unnamed)}")
        if filled := {name for name, field in self.fields.items() if field.load_default is not missing}:
            raise TypeError(f"filled in where it lacks, and passed over at first sight: {sorted(filled)}")
        self._plain = {name: _checks(self.fields[name]) for name in self.plain}
        self._needed = {name for name, field in self.fields.items() if field.required}

    def takes_as_it_is(self, body: Mapping[str, Any]) -> bool:
        """Whether `load` would surely give this body back. False says nothing."""
        try:
            for name, value in body.items():
                if type(value) is not str:
                    return False
                for check in self._plain[name]:
                    check(value)
        except (KeyError, ValidationError):
            return False
        return self._needed <= body.keys()


def _checks(field: fields.Field[Any]) -> tuple[Check, ...]:
    renamed = field.data_key is not None or field.attribute is not None
    if type(field) is not fields.String or renamed or field.dump_only or field.pre_load or field.post_load:
        raise TypeError("a plain member is a string under its own name")
    return tuple(field.validators)
