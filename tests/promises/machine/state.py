"""The state machine's ground: a town restored from the saved one, and the invariants after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from registry.shipped import shipped_outcomes
from registry.vault.rounds import Request
from tests.promises.machine.town import SavedTown, Town
from tests.world import Person

# Few people: what one act does must meet what another did.
WHO = st.integers(0, 5)
CAUSES: tuple[dict[str, Any], ...] = (
    {"q850": 20}, {"q850": 18}, {"q850": 19}, {"q850": 16}, {"q850": 17}, {"q850": 1}, {"q850": 99}, {"q850": 21},
    {"q850": 21, "hangup_by": "callee"}, {"sip": 480}, {"sip": 603}, {"status": "answered-household"},
    {"status": "answered-person"}, {"status": "answered-machine"}, {"status": "screened"}, {"status": "cancelled"},
    {"status": "delivered"}, {"status": "bounced-hard"}, {"status": "replied"}, {"status": "unsubscribed"},
)
READS = ("match-line", "follow", "deliveries", "checkpoint", "keys", "log-now")


class CapturedError(Exception):
    """A request that was about to be made."""

    def __init__(self, op: str, args: dict[str, Any]) -> None:
        super().__init__(op)
        self.request: Request = (op, args)


class Machine(RuleBasedStateMachine):
    """See the module's docstring. Its class says from which town it starts and where it counts what it saw."""

    saved: ClassVar[SavedTown]
    quick: ClassVar[Path]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.table = shipped_outcomes()
        self.held: list[tuple[str, Person]] = []
        self.asked: list[tuple[Person, dict[str, Any]]] = []  # lookups as they were asked, to be asked again
        self.made: list[dict[str, Any]] = []  # appends as they were made, to be made again
        self.sound = True
        self.folder = TemporaryDirectory(dir=self.quick)
        self.town, self.watch, self.people = self.saved.restore(Path(self.folder.name) / "town", self.seen)

    def person(self, who: int) -> Person:
        return self.people[who % len(self.people)]

    def request_of(self, act: Callable[[Town, Person], object], person: Person) -> Request | None:
        """What an act would ask of the vault first, without asking."""
        def capture(op: str, /, **args: Any) -> dict[str, Any]:
            if op in READS:
                return Town.call(self.town, op, **args)
            raise CapturedError(op, args)

        self.town.call = capture  # type: ignore[method-assign]
        try:
            act(self.town, person)
        except CapturedError as captured:
            return captured.request
        finally:
            del self.town.call
        return None

    @invariant()
    def everything_that_came_out_was_right(self) -> None:
        self.sound = False
        self.watch.check()
        self.sound = True

    def teardown(self) -> None:
        try:
            if self.sound:
                self.watch.check()
                self.watch.check_end()
        finally:
            self.town.vault.close()
            self.folder.cleanup()
