"""Which officer speaks for which part of the house: a visit is approved from two roles (POLICY section 5)."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.model.times import DAY

COMPLIANCE = "compliance"   # whoever was given no other role


class OfficerRoles:
    """A part of the directory, folded from `officer-role-set/1`."""

    def __init__(self) -> None:
        self._roles: dict[str, list[tuple[int, str]]] = {}  # officer -> (effective from, role), in log order

    def take_role(self, entry: Entry) -> None:
        """A role takes effect at once where two officers signed, else after 24 hours: nobody becomes two alone."""
        officers = {one["officer"] for one in entry.auth if "officer" in one}
        effective = entry.at if len(officers) > 1 else entry.at + DAY
        self._roles.setdefault(entry.body["officer"], []).append((effective, entry.body["role"]))

    def role_of(self, officer: str, at: int) -> str:
        """The role in force at `at`."""
        found = COMPLIANCE
        for effective, role in self._roles.get(officer, ()):
            if effective <= at:
                found = role
        return found

    def coming_role(self, officer: str, at: int) -> tuple[int, str] | None:
        """(from when, role) of the next change after `at`. One given later but in force sooner stands."""
        now = self.role_of(officer, at)
        for effective in sorted(one for one, _ in self._roles.get(officer, ()) if one > at):
            if (role := self.role_of(officer, effective)) != now:
                return effective, role
        return None
