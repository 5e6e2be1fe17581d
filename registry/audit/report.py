"""What a replay found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What was found. `index` is the entry of the first lie, `failure` says what is wrong with it."""

    origin: str
    size: int
    decisions: int
    index: int | None = None
    failure: str | None = None
    dial_checks: int = 0

    @property
    def ok(self) -> bool:
        return self.failure is None

    def __str__(self) -> str:
        if self.failure is not None:
            return f"FAILED {self.origin or 'log'}: entry {self.index}: {self.failure}"
        checks = f" and {self.dial_checks} dial checks" if self.dial_checks else ""
        return (f"ok {self.origin}: {self.size} entries, {self.decisions} decisions{checks} made again with the same "
                "result")
