"""The eleven borrowers of the demo world (CONTRACT section 8): plainly invented names, unassigned lines."""

from __future__ import annotations

from dataclasses import dataclass

ZONE = "Asia/Shanghai"
OFFSET = 480  # minutes east of UTC; China has one legal time without daylight saving
LINE = "+861000000{:04d}"

FULL_EFFORT = (-23, -21, -19, -17, -15, -12, -10, -9, -2)
NOTICE_DAY = -9


@dataclass(frozen=True, slots=True)
class Case:
    """One borrower and what happens to them. Days are local days before the clock's start, as negative numbers."""

    name: str
    number: int
    attempts: tuple[int, ...] = FULL_EFFORT
    notice: int | None = NOTICE_DAY
    past_due: int = 70
    borrower_consents: bool = True
    contact_consents: bool = True
    approved: bool = False
    # What ends the case, after any approval: the name of an act in `seed.py`.
    ending: str | None = None

    @property
    def ref(self) -> str:
        return f"demo-{self.number:02d}"

    @property
    def line(self) -> str:
        """The borrower's own number."""
        return LINE.format(100 + self.number)

    @property
    def contact_line(self) -> str:
        return LINE.format(200 + self.number)

    @property
    def mail(self) -> str:
        return f"{self.name}@demo.invalid"

    @property
    def given(self) -> str:
        return f"小{'甲乙丙丁戊己庚辛壬癸寅'[self.number - 1]}"

    @property
    def contact_given(self) -> str:
        return f"阿{'甲乙丙丁戊己庚辛壬癸子'[self.number - 1]}"


CASES = (
    Case("unreachable", 1, approved=True),
    Case("reachable", 2, ending="reached"),
    Case("attempts-missing", 3, attempts=(-16, -14, -12, -10, -8, -5, -2), notice=None),
    Case("notice-running", 4, notice=-3),
    Case("no-borrower-consent", 5, borrower_consents=False),
    Case("no-contact-consent", 6, contact_consents=False),
    Case("withdrawn", 7, approved=True, ending="withdrawn"),
    Case("contact-objected", 8, approved=True, ending="objected"),
    Case("on-hold", 9, approved=True, ending="held"),
    Case("not-placed", 10, ending="recalled"),
    Case("not-overdue", 11, past_due=59),
)
