"""Bodies that are right at first sight.

The schema library judges a body by looking at every member that could be there and keeping what it finds wrong with
each: a tenth of a lookup. Most bodies have nothing wrong with them. So schemas that ask for it are tried this way
first, with their fields' own checks; whoever is not plainly right is judged by the library, which says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields

Check = Callable[[Any], Any]


class PlainSchema(Schema):
    """`plain`: members of which, where no other is there, nothing is asked but what their fields say: strings."""

    plain: ClassVar[frozenset[str]]

    def __init__(self, **options: Any) -> None:
        """Raises TypeError for a plain member that is more than a string with checks."""
        super().__init__(**options)
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
    if type(field) is not fields.String or renamed or field.pre_load or field.post_load:
        raise TypeError("a plain member is a string under its own name")
    return tuple(field.validators)
