"""The product broken on purpose, one way at a time: each a patch that makes it do what it must never do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from registry.policy import history, weighing
from registry.policy.facts import accounts, agreed, life
from registry.policy.rules import (
    RuleSet,
    account,
    approval,
    call,
    caller,
    contact,
    hours,
    line,
    notice,
    own,
    telling,
)
from registry.policy.tally import Tally
from registry.vault import opening, relaying
from registry.vault.keys.keyring import Keyring
from registry.vault.log import Log, on_postgresql
from registry.vault.log.on_postgresql import PostgresqlStore
from registry.vault.log.sqlite import SqliteStore
from registry.vault.ops import lookups
from tests.promises.machine.breaks import BREAKS
from tests.promises.machine.cures import Case, presses
from tests.promises.machine.dying import Dying

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]
Story = Callable[[Dying], None]


def without(*dropped: Callable[..., Any]) -> Mutant:
    """Rules that are not asked."""
    def apply(patch: Patch) -> None:
        for name in ("contact_side", "contact_side_families", "always", "always_families", "own", "own_families"):
            patch.setattr(RuleSet, name, property(partial(kept, vars(RuleSet)[name])))

    def kept(rules: Any, version: RuleSet) -> tuple[Callable[..., Any], ...]:
        return tuple(one for one in rules.__get__(version) if one not in dropped)
    return apply


def nothing_restricts(patch: Patch) -> None:
    """Whatever came between a permit and its opening is overlooked."""
    patch.setattr(lookups, "restricted", lambda desk, permit: False)


def any_blob_will_do(patch: Patch) -> None:
    """What the web tier sends is opened, whatever was registered."""
    unseal = Keyring.unseal
    patch.setattr(opening, "_fits", lambda desk, contact, given: "number" in given)
    patch.setattr(Keyring, "unseal", lambda self, subject, name, blob, sha256=None: unseal(self, subject, name, blob))


def busy_counts(patch: Patch) -> None:
    counts = Tally._counts
    patch.setattr(Tally, "_counts", lambda self, one: one.outcome == "busy" or counts(self, one))


def every_dial_is_lawful(patch: Patch) -> None:
    patch.setattr(weighing, "judge_dials", lambda attempts, params: (set(), set()))


def gaps_do_not_matter(patch: Patch) -> None:
    patch.setattr(life, "_flaw", lambda entry, *rest: None)


def everybody_is_believed(patch: Patch) -> None:
    patch.setattr(life, "disbelieves", lambda doubts, at, index: False)


def a_suspension_closes_nothing(patch: Patch) -> None:
    """It is heard in the next lookup, and not between a permit and its opening."""
    patch.setattr(history, "_disbelieved_since", lambda told, index: False)


def approvals_are_for_ever(patch: Patch) -> None:
    patch.setattr(approval, "_open", lambda case, request: case.contact is not None)


def nothing_is_durable(patch: Patch) -> None:
    """What is committed lasts as long as the process."""
    def written_only(self: PostgresqlStore) -> None:
        driver = self._link.driver()
        if not driver.info.transaction_status:
            driver.execute("BEGIN")
        for statement, parameters in on_postgresql.writes(self._running):
            on_postgresql._run(driver, statement, parameters)
        self._round = None

    patch.setattr(SqliteStore, "commit", lambda self: None)
    patch.setattr(PostgresqlStore, "commit", written_only)


def an_entry_changes(patch: Patch) -> None:
    """What is read of one entry is not what was written."""
    leaves = Log.leaves

    def changed(self: Log, start: int, count: int) -> Iterator[tuple[int, bytes]]:
        for index, leaf in leaves(self, start, count):
            yield index, leaf.replace(b'"residence":"CN"', b'"residence":"DE"') if start == 0 else leaf
    patch.setattr(Log, "leaves", changed)


def hears_only_the_first_payment(patch: Patch) -> None:
    patch.setattr(accounts, "paid", lambda entry, balances: False)


def messages_always_leave(patch: Patch) -> None:
    patch.setattr(relaying, "refused", lambda desk, permit, at: None)


def strangers_lines_are_given(patch: Patch) -> None:
    patch.setattr(own, "_nobody_elses", own._personal)


def a_complaint_holds_no_line(patch: Patch) -> None:
    """It holds the contact who made it, and not who else is on his line."""
    line_of = agreed.line_of
    patch.setattr(agreed, "line_of", lambda entries, asked: replace(line_of(entries, asked), complained=False))


def a_new_paper_restores(patch: Patch) -> None:
    """What the lender records after the borrower's own withdrawal holds."""
    patch.setattr(agreed, "_ends", lambda given, withdrawn, covered: given.index < withdrawn.index)


def in_vain(name: str, **way: str) -> Story:
    return lambda walk: walk.presses_in_vain(who=0, name=name, way=way)


def almost(name: str) -> Story:
    return lambda walk: walk.tries_almost_enough(who=0, name=name)


def restricted_in_the_same_round(walk: Dying) -> None:
    walk.races(who=0, name="a login", way={}, order=["L", "R", "L"], cut=0)


def restricted_before_it_was_sent(walk: Dying) -> None:
    walk.nothing_lacks(walk.person(0), {"mode": "message"})
    walk.together([walk.ask(walk.person(0), mode="message")])
    BREAKS["the contact withdraws"][0](walk.town, walk.person(0))
    walk.town.send_all()


def with_old_feeds(walk: Dying) -> None:
    walk.town.next(2)
    presses(Case(walk.town, walk.person(0)), until=("feed-stale",))


def with_an_outcome_due(walk: Dying) -> None:
    walk.uses_a_number(who=0, name="nothing")
    walk.town.next(3)
    presses(Case(walk.town, walk.person(1)), until=("outcome-overdue",))


def with_an_old_blob(walk: Dying) -> None:
    walk.brings_old_values(who=0, other=1)


def an_hour_after_the_first(walk: Dying) -> None:
    """The approval was for one number: another contact's line makes room for a second."""
    person = walk.person(0)
    walk.uses_a_number(who=0, name="nothing")
    walk.town.agrees(person, "contact")
    walk.nothing_lacks(person, {})
    walk.together([walk.ask(person)])


def with_a_new_paper_and_a_new_round(walk: Dying) -> None:
    """Who withdraws is there: without a whole new effort nothing would be found either way."""
    person = walk.person(0)
    BREAKS["the borrower withdraws in the portal, and it is recorded again"][0](walk.town, person)
    presses(Case(walk.town, person))


def disbelieved_in_the_same_round(walk: Dying) -> None:
    walk.races(who=0, name="what the provider said is not believed", way={}, order=["L", "R", "L"], cut=0)


def after_a_restart(walk: Dying) -> None:
    walk.uses_a_number(who=0, name="nothing")
    walk.everything_that_came_out_was_right()
    walk.restarts()


# How it is broken, and what is then done that shows it.
MUTANTS: dict[str, tuple[Mutant, Story]] = {
    "objections are forgotten": (without(line.objected), in_vain("the same line objects elsewhere")),
    "busy counts": (busy_counts, almost("one of eight was busy")),
    "no grace after the notice": (
        lambda patch: patch.setattr(notice, "_grace", lambda case, since: ()), almost("the notice is four days old")),
    "no notice is needed": (without(notice.notice_given), almost("no notice")),
    "caps of the line are forgotten": (without(line.cap, call.cap, line.cooldown), an_hour_after_the_first),
    "an old blob is opened": (any_blob_will_do, with_an_old_blob),
    "withdrawals end nothing": (
        lambda patch: patch.setattr(agreed, "_ends", lambda *told: False),
        in_vain("the contact's consent is withdrawn")),
    "complaints are forgotten": (without(contact.complained), in_vain("the contact complains")),
    "a complaint holds no line": (a_complaint_holds_no_line, in_vain("the same line complains elsewhere")),
    "a new paper restores what was withdrawn": (a_new_paper_restores, with_a_new_paper_and_a_new_round),
    "what came before the opening is overlooked": (nothing_restricts, restricted_in_the_same_round),
    "holds are ignored": (without(account.holds), in_vain("a hold: attorney")),
    "an approval is good for ever": (approvals_are_for_ever, an_hour_after_the_first),
    "no approval is needed": (
        without(approval.approval_missing), lambda walk: walk.looks_up(who=0, way={}, rival=0, agent=1)),
    "every dial is lawful": (every_dial_is_lawful, almost("one at nine in the evening")),
    "gaps in the sequence do not matter": (gaps_do_not_matter, almost("one number of the provider's is missing")),
    "whoever is suspended is believed": (
        everybody_is_believed, in_vain("what the provider said is not believed")),
    "a suspension closes nothing": (a_suspension_closes_nothing, disbelieved_in_the_same_round),
    "payments are no sign of life": (hears_only_the_first_payment, in_vain("a part is paid")),
    "feeds may be old": (without(account.feed_stale), with_old_feeds),
    "outcomes are never due": (without(caller.outcome_overdue), with_an_outcome_due),
    "numbers leave at night": (without(telling.outside_hours, hours.outside_hours), in_vain("it is evening")),
    "messages leave whatever happened": (messages_always_leave, restricted_before_it_was_sent),
    "a contact's line is given as the borrower's": (
        strangers_lines_are_given, in_vain(
            "the contact's line is the borrower's", about="borrower", purpose="contact-borrower")),
    "nothing is durable": (nothing_is_durable, after_a_restart),
    "an entry changes": (an_entry_changes, after_a_restart),
}
# Found by dice alone, within a few short walks.
BY_DICE = ("busy counts", "what came before the opening is overlooked", "holds are ignored")
