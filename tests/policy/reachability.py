"""What docs/reachability.md says: which borrowers are simulated, and how the days become a page and its pictures."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from registry.shipped import shipped_packs
from registry.texts.pack_words import sentence
from tests.policy.curve import HORIZON, START, Life, Story
from tests.policy.drawing import Line, drawn

PACKS = ("floor", "cn", "us", "uk")
YOUNGER = ("eu", "id", "us-ma")                 # packs that came later, and permit
NEVER = ("in", "ke", "vn", "ph")                # and those that let nobody be reached who is not a guarantor
NAMES = {"floor": "floor alone", "cn": "China", "us": "United States", "uk": "United Kingdom",
         "eu": "European Union", "id": "Indonesia", "us-ma": "Massachusetts", "in": "India", "ke": "Kenya",
         "vn": "Viet Nam", "ph": "Philippines"}
EXPECTED = {"floor": 14, "cn": 24, "us": 31, "uk": 31, "eu": 31}     # the policy's own words: "about"
Days = Mapping[str, Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Curve:
    """One kind of borrower, `size` of them. Days are to the first permit, or, of one who answers, from the answer."""

    name: str
    pack: str
    size: int
    busy: float = 0.15
    answers: bool = False
    far: bool = False

    def story(self, seed: int) -> Story:
        return Story(self.pack, self.busy, 3 + seed % 3 if self.answers else None, self.far)

    def day(self, seed: int) -> int | None:
        """One borrower's day; None where no permit came within the horizon."""
        found = Life(self.story(seed), seed).run()
        if found.permit is None or not self.answers:
            return found.permit
        assert found.answered is not None
        return found.permit - found.answered


CURVES = (
    *(Curve(f"{pack} never answers", pack, 200) for pack in PACKS),
    *(Curve(f"{pack} often busy", pack, 100, busy=0.30) for pack in PACKS),
    *(Curve(f"{pack} answers once", pack, 60, answers=True) for pack in PACKS),
    Curve("us number of another zone", "us", 100, far=True),
    *(Curve(f"{pack} never answers", pack, 100) for pack in YOUNGER),
    *(Curve(f"{pack} often busy", pack, 60, busy=0.30) for pack in YOUNGER),
    *(Curve(f"{pack} answers once", pack, 40, answers=True) for pack in YOUNGER),
    *(Curve(f"{pack} never answers", pack, 4) for pack in NEVER),
)


def simulated() -> dict[str, list[int | None]]:
    """Every borrower of every curve, by the rules as they are. Takes minutes."""
    asked = [(curve, seed) for curve in CURVES for seed in range(curve.size)]
    with ProcessPoolExecutor(2) as workers:
        days = list(workers.map(_day, asked, chunksize=20))
    found: dict[str, list[int | None]] = {curve.name: [] for curve in CURVES}
    for (curve, _), day in zip(asked, days, strict=True):
        found[curve.name].append(day)
    return found


def _day(asked: tuple[Curve, int]) -> int | None:
    curve, seed = asked
    return curve.day(seed)


def pages(days: Days) -> dict[str, str]:
    """Everything the script writes, by path below docs/."""
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(list(one))}" for name, one in days.items())
    return {
        "reachability/days.json": "{\n" + rows + "\n}\n",
        "reachability/never-answers.svg": _picture(days, "never answers", 60, "day since the first possible dial"),
        "reachability/often-busy.svg": _picture(days, "often busy", 60, "day since the first possible dial"),
        "reachability/other-countries.svg": _elsewhere(days),
        "reachability/answers-once.svg": _picture(days, "answers once", 120, "days since the borrower answered"),
        "reachability.md": _page(days),
    }


def _picture(days: Days, kind: str, width: int, under: str) -> str:
    lines = [Line(NAMES[pack], days[f"{pack} {kind}"]) for pack in PACKS]
    return drawn(f"Share of borrowers with a first permit: one who {kind.replace('often', 'is often')}",
                 under, width, lines)


def _elsewhere(days: Days) -> str:
    lines = [Line(NAMES[pack], days[f"{pack} never answers"]) for pack in YOUNGER]
    never = Line(", ".join(NAMES[pack] for pack in NEVER), days[f"{NEVER[0]} never answers"])
    return drawn("Share of borrowers with a first permit: one who never answers", "day since the first possible dial",
                 60, [*lines, never])


def refusals(pack: str) -> tuple[str, ...]:
    """Why a pack that lets nobody be reached refuses a case in which all else is there."""
    bare = ("pack-forbids", "purpose-not-allowed", "mode-not-allowed", "script-missing")
    codes = Life(Story(pack), 0).decided(START)[1].codes
    return tuple(code for code in bare if code in codes)


def by_day(days: Sequence[int | None], day: int) -> float:
    """The share for whom a permit came by that day."""
    return sum(1 for one in days if one is not None and one <= day) / len(days)


def median(days: Sequence[int | None]) -> float:
    """The median day; those for whom none came count as beyond the horizon."""
    return statistics.median(HORIZON if one is None else one for one in days)


def _page(days: Days) -> str:
    return "\n".join([HEAD, *_table(days), "", *_comparison(days), "", *_forbidden(), TAIL])


def _forbidden() -> Iterator[str]:
    yield "## Where no day ever comes"
    yield ""
    for pack in NEVER:
        own = shipped_packs()[pack].pack.settings["third_party"]
        codes = ", ".join(f"`{code}`" for code in refusals(pack))
        said = sentence("third_party", own.value)
        yield f"- {NAMES[pack]}: never ({codes}). {said} Source ({own.grade}): {own.source}"


def _table(days: Days) -> Iterator[str]:
    yield "| borrower | simulated | first permit: earliest | median | nine in ten by | latest | by day 60 | never |"
    yield "|---|---|---|---|---|---|---|---|"
    for curve in CURVES:
        own = days[curve.name]
        known = sorted(one for one in own if one is not None)
        ninth = known[-(-9 * len(own) // 10) - 1] if 10 * len(known) >= 9 * len(own) else "-"
        pack, _, kind = curve.name.partition(" ")
        edges = (known[0], f"{median(own):g}", ninth, known[-1]) if known else ("-", "-", "-", "-")
        yield (f"| {NAMES[pack]}: {kind} | {len(own)} | " + " | ".join(str(one) for one in edges)
               + f" | {by_day(own, 60):.0%} | {own.count(None)} |")


def _comparison(found: Days) -> Iterator[str]:
    for pack, expected in EXPECTED.items():
        own = median(found[f"{pack} never answers"])
        gap = own - expected
        days_off = f"{abs(gap):g} day" + ("" if abs(gap) == 1 else "s")
        said = "as expected" if not gap else f"{days_off} {'later' if gap > 0 else 'earlier'}"
        yield (f"- {NAMES[pack]}: about {expected} days were expected when the numbers were chosen. "
               f"Here {own:g}: {said}.")


HEAD = """# How long until a borrower counts as unreachable

Made by `scripts/reachability` from the rules and packs as they are; a test fails when the two differ. Nothing here
is measured on people: the borrowers are simulated, with fixed dice.

**Who is simulated.** A borrower with one telephone, for voice and SMS, 70 days past due, both consents given. The
agency is honest: it does what `next` in the answer to its lookups says, when it says it, and dials at most once a
day. 15 % of its dials find the line busy ("often busy": 30 %), 60 % a mailbox, the rest ring out; every third day
an SMS arrives. Approvals are given at once. "Answers once" picks up the third, fourth or fifth dial, and never
again; its days are counted from that answer. "Number of another zone" has a number that belongs three hours behind
where its owner lives, so that a dial must be lawful in both places.

![Share of borrowers who never answer with a first permit, by day](reachability/never-answers.svg)

![The same with three dials in ten busy](reachability/often-busy.svg)

![Days from the one answer to the first permit](reachability/answers-once.svg)

![Where other packs hold](reachability/other-countries.svg)

## In numbers
"""
TAIL = """
## How to read it
- Nobody of these is locked out but in Massachusetts: not by a busy line, not by a mailbox, not by a number of another
  zone. Nobody is fast either: before the notice's grace is over there is no permit, however many dials are made.
- Massachusetts lets the borrower be dialled twice in seven days where federal law has seven times. With many dials
  busy or in a mailbox, eight that count hardly fit into the window of 60 days: weeks more, and a few never. Every
  dial is counted, though the State counts communications; counsel may read it otherwise, in a pack of a new version.
- One who answers once starts a whole new round with a new notice. While the attempts before the answer would still
  complete an effort but for it, the agency is told to stop, and the new round begins only when they leave the
  window of 60 days: that, and not the dialling, is most of the time.
- The United States, the United Kingdom and the European Union ask the borrower's own code for the borrower's
  consent. Here it is taken as given.
- Indonesia closes Sundays for everybody; its national holidays, which are closed too, are not known to the rules and
  not simulated.
- In the Philippines a guarantor who consented may be reached; the contacts simulated here guarantee nothing.
- What is not simulated: sharing a line, work numbers, feeds that are late, approvals that take days, contacts who
  speak none of a pack's languages (they are never released).
- Who *is* locked out where three parts of the day are asked for: a borrower whose number may ring four hours behind
  or more, as one in New York with a number of Hawaii: no morning is lawful in both places.
"""
