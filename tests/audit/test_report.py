"""A report is made from the log alone: verified, counted, with charts and tables in files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from registry.audit.counting import counted
from registry.cli.audit import audit
from registry.errors import MalformedError
from registry.model.times import DAY, date_of
from registry.reporting.charts import svg
from registry.reporting.figures import Chart, Figure, figures
from registry.reporting.files import csv_of, report_of
from registry.reporting.numbers import Numbers, Period, period
from registry.texts import pages, reasons
from tests.promises.rewriting import saved_log
from tests.world import NO_ANSWER, World

OVER = period("2026-01-01", "2026-01-31", date(2026, 2, 1))
Say = Callable[..., str]


def words(language: str) -> Say:
    return lambda key, /, **params: pages.text(f"auditor.{key}", language, params)


def numbers(over: Period = OVER) -> Numbers:
    return Numbers(
        over, [("2026-01-02", "aa" * 16, "permit", "", 2), ("2026-01-02", "aa" * 16, "deny", "", 5),
               ("2026-01-02", "aa" * 16, "deny", "notice-missing", 4), ("2026-01-03", "bb" * 16, "deny", "", 1),
               ("2026-01-03", "bb" * 16, "deny", "sign-of-life", 1)],
        {("borrower", "asked"): 3, ("contact", "refused"): 1},
        [("cc" * 16, "approved", 1_000), ("cc" * 16, "refused", 5_000), ("cc" * 16, "approved", 60_000)],
        {"open": 1, "upheld": 2}, [("2026-01-02", "aa" * 16, True, 1), ("2026-01-02", "", False, 7)],
        {"aa" * 16: "=cmd()", "cc" * 16: "Ein <b>Officer</b>"})


def made(language: str = "en", found: Numbers | None = None) -> dict[str, Figure]:
    all_ = figures(found or numbers(), words(language), lambda code: reasons.plain(code, language))
    return {one.key: one for one in all_}


def test_figures_say_what_was_counted() -> None:
    found = made()
    assert {row[0]: row[1:] for row in found["verdicts"].rows}["2026-01-02"] == (2, 5)
    assert len(found["verdicts"].rows) == 31, "days on which nothing was asked are there too"
    assert [(row[0], row[2]) for row in found["reasons"].rows] == [("notice-missing", 4), ("sign-of-life", 1)]
    assert [row[2:] for row in found["agencies"].rows] == [(2, 5), (0, 1)]
    assert {row[0]: row[1:] for row in found["consents"].rows}["asked"] == (3, 0)
    assert found["approvals"].rows == (("Ein <b>Officer</b>", "cc" * 16, 2, 1),)
    assert found["seconds"].rows == (("Ein <b>Officer</b>", 5),), "the median, not the mean"
    assert [row[1] for row in found["complaints"].rows] == [1, 2, 0, 0]
    assert {row[0]: row[1:] for row in found["attempts"].rows}["2026-01-02"] == (7, 1)


def test_a_chart_has_the_numbers_of_its_table() -> None:
    for one in made().values():
        drawn = [value for _, values in one.chart.series for value in values]
        shown = [cell for row in one.rows for cell in row if isinstance(cell, int)]
        assert sorted(drawn) == sorted(shown), one.key


def test_a_long_period_is_shown_by_month() -> None:
    rows = made(found=numbers(period("2026-01-01", "2026-12-31", date(2027, 1, 1))))["verdicts"].rows
    assert [row[0] for row in rows] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert rows[0][1:] == (2, 6)


def test_a_report_without_judged_attempts_has_no_figure_of_them() -> None:
    bare = numbers()
    assert "attempts" not in made(found=Numbers(bare.period, [], {}, [], {}, None, {}))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_is_whole_in_both_languages(language: str) -> None:
    found = made(language)
    files = report_of(list(found.values()), words(language), language, "T", [("Log", "<origin>")])
    page = files["report.html"]
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) == set(files) - {"report.html"}
    assert "<b>Officer" not in page, "what parties are called is text"
    assert "&lt;origin&gt;" in page
    assert "<script" not in page
    for name, text in files.items():
        if name.endswith(".svg"):
            ElementTree.fromstring(text)
            assert "<script" not in text
            assert re.sub(r"http://www\.w3\.org/\S+", "", text).count("http") == 0, "nothing from elsewhere"
    assert files == report_of(list(found.values()), words(language), language, "T", [("Log", "<origin>")])


def test_a_cell_is_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_of(made()["agencies"]))))
    assert rows[1][0] == "'=cmd()"
    assert rows[1][2:] == ["2", "5"]


def test_a_chart_without_numbers_is_a_chart() -> None:
    ElementTree.fromstring(svg(Chart("bars", ("a",), (("b", (0,)),))))


@pytest.mark.parametrize(("since", "until"), [
    ("2026-02-02", "2026-02-01"), ("2020-01-01", "2026-01-01"), ("2026-02-30", "2026-03-01"),
    ("today", "2026-01-01"),
])
def test_a_period_that_is_none_is_refused(since: str, until: str) -> None:
    with pytest.raises(MalformedError):
        period(since, until, date(2026, 1, 1))


def test_a_period_ends_today_and_is_thirty_days_unless_said_otherwise() -> None:
    assert period(None, None, date(2026, 3, 1)) == Period(date(2026, 1, 31), date(2026, 3, 1))


# Attempts


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One person, dialled lawfully, then at night, then too often on one day."""
    world = World(tmp_path_factory.mktemp("report"))
    person = world.borrower()
    world.account(person)
    for day, clock in ((-20, "10:00"), (-19, "03:00"), (-18, "10:00"), (-17, "09:00"), (-17, "10:00"), (-17, "11:00"),
                       (-17, "12:00"), (-17, "13:00"), (-17, "14:00"), (-17, "15:00")):
        world.at(day, clock)
        world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    world.at(0)
    world.attempt(person, direction="inbound", cause={"status": "answered-person"})
    return world


def leaves(world: World) -> list[bytes]:
    log = world.vault.desk.log
    return [data for _, data in log.leaves(0, log.size)]


def test_unlawful_attempts_are_counted_and_lawful_ones_too(lived: World) -> None:
    entries = [one for one in lived.entries("attempt-recorded/2") if one.body["direction"] == "outbound"]
    first, last = (date.fromisoformat(date_of(one.at // DAY)) for one in (entries[0], entries[-1]))
    found, origin, size, _ = counted(leaves(lived), Period(first, last))
    assert (origin, size) == (lived.vault.desk.directory.origin, len(lived.entries()))
    assert found.attempts is not None
    total = sum(count for *_, count in found.attempts)
    unlawful = {day: count for day, _, bad, count in found.attempts if bad}
    assert total == len(entries) == 10
    assert unlawful[date_of(entries[1].at // DAY)] == 1, "nobody is dialled at three in the morning"
    assert sum(unlawful.values()) > 1, "nor seven times a day"
    assert unlawful.keys() <= {date_of(one.at // DAY) for one in (entries[1], *entries[3:])}


def test_attempts_after_the_period_change_nothing_in_it(lived: World) -> None:
    day = date.fromisoformat(date_of(lived.entries("attempt-recorded/2")[2].at // DAY))
    found, *_ = counted(leaves(lived), Period(day, day))
    assert [(one, bad, count) for one, _, bad, count in found.attempts or ()] == [(day.isoformat(), False, 1)]


# The command


def run(world: World, saved: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(audit, [
        "report", "--log", str(saved), "--key", world.vault.desk.keys.vkey, "--from", "2026-01-01", "--until",
        "2026-12-31", "--out", str(out), *more])


@pytest.fixture
def saved(lived: World, tmp_path: Path) -> Path:
    return saved_log(lived, tmp_path / "log")


def test_the_command_needs_nothing_but_the_log(lived: World, saved: Path, tmp_path: Path) -> None:
    done = run(lived, saved, tmp_path / "out", "--language", "zh")
    assert (done.exit_code, done.output.splitlines()[-1].split()[0]) == (0, "ok"), done.output
    made_files = {one.name for one in (tmp_path / "out").iterdir()}
    assert {"report.html", "verdicts.csv", "attempts.svg"} <= made_files
    assert 'lang="zh-CN"' in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_log_that_does_not_verify_gives_no_report(lived: World, saved: Path, tmp_path: Path) -> None:
    bundle = next((saved / "tile" / "entries").rglob("*.p/*"))
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.write_bytes(data)
    done = run(lived, saved, tmp_path / "out")
    assert (done.exit_code, done.output.splitlines()[-1].split()[0]) == (1, "FAILED")
    assert not (tmp_path / "out").exists()


def test_a_report_is_never_written_over_another(lived: World, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = run(lived, saved, tmp_path / "out")
    assert done.exit_code != 0
    assert list((tmp_path / "out").iterdir()) == []
