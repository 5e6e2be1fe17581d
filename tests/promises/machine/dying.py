"""The vault process ends and starts again, at rest or in the middle of its work: acts of the state machine."""

from __future__ import annotations

import os

from hypothesis import strategies as st
from hypothesis.stateful import rule

from registry.model.ids import new_id
from tests.promises.machine.breaks import BREAKS
from tests.promises.machine.crashing import POINTS, crashes
from tests.promises.machine.deciding import PRESSING, WAYS, Deciding
from tests.promises.machine.state import WHO
from tests.promises.machine.town import reopen
from tests.promises.test_p3_survives_kill import without_proof

DEPOSITS = ("register-borrower", "consent")


class Dying(Deciding):
    """What was acknowledged before is there afterwards; what was not is asked for again, and happens once."""

    @rule()
    def restarts(self) -> None:
        self.sound = False
        self.town.vault.close()
        reopen(self.town, self.watch)
        self.watch.check_all()
        self.town.alive()
        self.sound = True

    @rule(who=WHO, point=st.sampled_from(POINTS), way=st.sampled_from(WAYS), again=st.booleans())
    def dies_of_a_lookup(self, *, who: int, point: str, way: dict[str, str], again: bool) -> None:
        person = self.person(who)
        if self.nothing_lacks(person, way):
            asked = self.ask(person, **way)
            crashes(self.town, self.watch, point, 1, [asked])
            if again:
                self.together([asked])

    @rule(who=WHO, point=st.sampled_from(POINTS), nth=st.integers(1, 3), name=PRESSING, lookup_first=st.booleans())
    def dies_of_a_race(self, *, who: int, point: str, nth: int, name: str, lookup_first: bool) -> None:
        """In the round itself, or in the second commit that refuses an opening."""
        person = self.person(who)
        if not self.nothing_lacks(person, {}):
            return
        asked, restriction = self.ask(person), self.request_of(BREAKS[name][0], person)
        if restriction is None:
            return
        requests = [asked, restriction] if lookup_first else [restriction, asked]
        crashes(self.town, self.watch, point, nth, requests)
        self.together(requests)

    @rule(who=WHO, point=st.sampled_from(POINTS), what=st.sampled_from(DEPOSITS))
    def dies_of_a_deposit(self, *, who: int, point: str, what: str) -> None:
        """The same deposit again, under its key: made once."""
        person, key = self.person(who), {"scope": "s", "key": new_id(os.urandom), "request": what}
        act = {
            "register-borrower": lambda town, _: town.borrower(),
            "consent": lambda town, one: town.agrees(one, "borrower"),
        }[what]
        request = self.request_of(act, person)
        assert request is not None
        op, args = request
        crashes(self.town, self.watch, point, 1, [(op, args | {"idem": key})])
        self.town.alive()
        first = self.town.tries_to(op, **args, idem=key)
        second = self.town.tries_to(op, **args, idem=key)
        if first is None or second is None:
            assert first is second, "of an erased borrower nothing is taken, however often it comes"
        else:
            assert without_proof(first) == without_proof(second)
