"""What the desk itself must remember of the whole log beside the policy's directory; folded from entries, bounded.

- the last restriction of anybody: a permit after it needs no second look;
- addresses opened, per day and per message: the daily cap, and no message twice;
- when codes were sent to a line to sign in: so many an hour and a day;
- attempts by sequence number, and whom each was at: the same number for another attempt is a lie, and so is the same
  attempt at another borrower;
- which alarms are open;
- approvals that nobody used yet, the latest: whom the next lookups will be about;
- the witness policy with which the vault was started last.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable

from registry.model.catalogue.calls import DECIDED
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.catalogue.terms import SIGN_IN_CODE
from registry.model.entries import Entry
from registry.model.times import DAY, HOUR
from registry.policy import may_restrict
from registry.vault import erasures
from registry.vault.open_alarms import OpenAlarms

KEPT_DAYS = 40
KEPT_ATTEMPTS = 50_000
KEPT_APPROVALS = 1_024
CODES_AN_HOUR, CODES_A_DAY = 3, 10  # to one line
Message = tuple[str, str, str | None]  # the entry that asks for it, template, channel


class Ledger:
    """An observer of the log."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.alarms = OpenAlarms()
        self.erasures = erasures.Erasures()
        self.last_restriction = -1  # index of the last entry that takes something away from anybody
        self.witness_policy = "none"  # the digest of its file
        self.approved: dict[str, None] = {}  # approvals given, in log order
        self._capped_day = -1
        self._opened: OrderedDict[int, Counter[Message]] = OrderedDict()
        self._nobody: Counter[int] = Counter()  # of those, for codes that went to nobody: no address was opened
        self._attempts: dict[str, OrderedDict[int, str]] = {}
        self._dialled: dict[str, OrderedDict[str, str]] = {}
        self._codes: OrderedDict[str, deque[int]] = OrderedDict()  # by line, the one asked for last behind the others

    def fold(self, entry: Entry) -> None:
        """Takes in one entry."""
        if may_restrict(entry):
            self.last_restriction = entry.index
        fold = _FOLDS.get(entry.kind)
        if fold is not None:
            fold(self, entry)
        self.alarms.fold(entry)

    def opened_on(self, at: int) -> int:
        """Addresses opened on the UTC day of `at`."""
        return self._opened.get(at // DAY, Counter()).total() - self._nobody.get(at // DAY, 0)

    def times_opened(self, message: Message) -> int:
        """How often the address for this message was opened within the days kept."""
        return sum(day[message] for day in self._opened.values())

    def capped_on(self, at: int) -> bool:
        """Whether the alarm about that day's cap was raised already."""
        return self._capped_day == at // DAY

    def attempt_of(self, provider: str, seq: int) -> str | None:
        """The attempt logged under this sequence number, among the latest."""
        return self._attempts.get(provider, OrderedDict()).get(seq)

    def dialled_by(self, provider: str, attempt: str) -> str | None:
        """The borrower at whom this attempt was logged, among the latest."""
        return self._dialled.get(provider, OrderedDict()).get(attempt)

    def may_ask_code(self, line: str, at: int) -> bool:
        """Whether another code may go to this line now."""
        times = self._codes.get(line, ())
        today, lately = (sum(one > at - span for one in times) for span in (DAY, HOUR))
        return today < CODES_A_DAY and lately < CODES_AN_HOUR

    def _fold_opened(self, entry: Entry) -> None:
        day = entry.at // DAY
        body = entry.body
        self._opened.setdefault(day, Counter())[body["about"], body["template"], body.get("channel")] += 1
        if body["template"] == SIGN_IN_CODE and body["subject"] == body["about"]:
            self._nobody[day] += 1
        while next(iter(self._opened)) < day - KEPT_DAYS:
            old, _ = self._opened.popitem(last=False)
            self._nobody.pop(old, None)

    def _fold_erasure(self, entry: Entry) -> None:
        self.erasures.fold(entry)

    def _fold_alarm(self, entry: Entry) -> None:
        if entry.body["alarm"] == "address-cap":
            self._capped_day = entry.at // DAY

    def _fold_approval(self, entry: Entry) -> None:
        self.approved[entry.body["approval"]] = None
        if len(self.approved) > KEPT_APPROVALS:
            del self.approved[next(iter(self.approved))]

    def _fold_decided(self, entry: Entry) -> None:
        if entry.body["verdict"] == "permit":
            self._fold_over(entry)

    def _fold_over(self, entry: Entry) -> None:
        self.approved.pop(entry.body.get("approval", ""), None)

    def _fold_genesis(self, entry: Entry) -> None:
        self.witness_policy = entry.body.get("witness_policy", "none")

    def _fold_policy(self, entry: Entry) -> None:
        self.witness_policy = entry.body["policy"]

    def _fold_attempt(self, entry: Entry) -> None:
        body = entry.body
        known = self._attempts.setdefault(body["provider"], OrderedDict())
        known.setdefault(body["seq"], body["attempt"])
        if len(known) > KEPT_ATTEMPTS:
            known.popitem(last=False)
        if "borrower" in body:
            dialled = self._dialled.setdefault(body["provider"], OrderedDict())
            dialled.setdefault(body["attempt"], body["borrower"])
            if len(dialled) > KEPT_ATTEMPTS:
                dialled.popitem(last=False)

    def _fold_code(self, entry: Entry) -> None:
        line = entry.body.get("line")
        if line is None:
            return
        self._codes.setdefault(line, deque(maxlen=CODES_A_DAY)).append(entry.at)
        self._codes.move_to_end(line)
        while next(iter(self._codes.values()))[-1] <= entry.at - DAY:
            self._codes.popitem(last=False)


_FOLDS: dict[str, Callable[[Ledger, Entry], None]] = {
    "address-opened/1": Ledger._fold_opened,
    "alarm-raised/1": Ledger._fold_alarm,
    **dict.fromkeys(ATTEMPTS, Ledger._fold_attempt),
    "sign-in-asked/1": Ledger._fold_code,
    "approval-given/1": Ledger._fold_approval,
    "approval-refused/1": Ledger._fold_over,
    **dict.fromkeys(DECIDED, Ledger._fold_decided),
    "genesis/1": Ledger._fold_genesis,
    "witness-policy-set/1": Ledger._fold_policy,
    **dict.fromkeys(erasures.KINDS, Ledger._fold_erasure),
}
