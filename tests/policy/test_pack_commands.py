"""`registry packs list|show|check`: what an officer's counsel reads, and what never reaches a signature."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.audit.reader import save
from registry.cli.packs import packs
from registry.errors import NotFoundError
from registry.model.entries import leaf
from registry.policy.parameters import BY_NAME, MOST, WEEK
from registry.shipped import shipped_packs
from registry.texts.pack_words import LANGUAGES, sentence
from tests.audit.served import MemoryLog
from tests.policy.test_derogations import grant
from tests.policy.test_packs import activate
from tests.policy.world import START, World
from tests.vault_log.world import Key

# The title's English words are the pack's own; these mark what is only in English sentences.
SPOKEN = ("The ", "At least", "A third")


def run(*args: str) -> Result:
    return CliRunner().invoke(packs, args)


def written(folder: Path, name: str, *changes: tuple[str, str]) -> str:
    """A file with a shipped pack's text, changed."""
    text = shipped_packs()[name].text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_every_shipped_pack_is_listed_with_its_whole_digest() -> None:
    lines = run("list").output.splitlines()
    assert len(lines) == len(shipped_packs())
    for shipped, line in zip(shipped_packs().values(), lines, strict=True):
        assert shipped.id.sha256 in line


def test_every_shipped_pack_passes_the_check_and_tells_what_no_primary_text_backs() -> None:
    result = run("check")
    assert result.exit_code == 0
    good = [line for line in result.output.splitlines() if line.startswith("ok ")]
    assert good == [f"ok {one.id.name}@{one.id.version} {one.id.sha256}" for one in shipped_packs().values()]
    assert "30 of 43 without a primary source: release_modes, account.min_days_past_due" in result.output


@pytest.mark.parametrize(("name", "change", "problem"), [
    ("uk", ('unit = "days"', 'unit = "hours"'), "its unit is 'days'"),
    ("uk", ('grade = "P"', 'grade = "Z"'), "needs a source and its grade"),
    ("uk", ("value = 2\nunit = \"days\"", "value = 10\nunit = \"days\""),
     "uk@1: attempt.cooling_days: cannot hold beside the floor"),
    ("uk", ("[scripts.confirm-whereabouts]", "[scripts.restore-contact]"),
     "uk@1: scripts.confirm-whereabouts: missing"),
    ("uk", ("[messages.confirm-whereabouts]", "[messages.restore-contact]"),
     "uk@1: messages.confirm-whereabouts: missing"),
    ("uk", ("will speak of nothing else", "will not speak of the debt"),
     "uk@1: scripts.confirm-whereabouts.en: says 'debt', which a third person must not hear"),
    ("uk", ("tell us where they can be reached", "call about their account"),
     "uk@1: messages.confirm-whereabouts.en: says 'account', which a third person must not hear"),
    ("us", ('["call", "number"]', '["call", "message", "number"]'), "ok us@2"),
    ("us", ("value = 0\nunit = \"messages\"", "value = 1\nunit = \"messages\""), "ok us@2"),
    ("us", ('["US"]', '["US", "GB"]'), "us@2: regions: GB is uk's"),
    ("us", ('grade = "H"\nsource = "house choice: as', 'grade = "P"\nsource = "house choice: as'),
     "grade H, and nothing else, says `house choice`"),
    ("us", ('source = "house choice: one missed month"', 'source = "custom"'),
     "account.min_days_past_due: grade H, and nothing else, says `house choice`"),
    ("us", ('["08:00", "21:00"]', '["20:00", "21:00"]'), "us@2: hours.third_party: cannot hold beside the floor"),
    ("cn", ('["08:00", "22:00"]', '["18:30", "22:00"]'), "ok cn@2"),
    ("floor", ("value = 6\nunit = \"attempts\"", "value = 5\nunit = \"attempts\""),
     "floor@2: unreachable.min_attempts: looser than the floor in force"),
    ("floor", ('version = "2"', "version = 1"), "a pack's version is digits in quotes"),
])
def test_what_is_wrong_with_a_pack_is_one_line_that_says_where(
    tmp_path: Path, name: str, change: tuple[str, str], problem: str,
) -> None:
    result = run("check", written(tmp_path, name, change))
    assert problem in result.output
    assert result.exit_code == (0 if problem.startswith("ok ") else 1)
    assert all(": " in line or line.startswith(("ok ", "   ")) for line in result.output.splitlines())


def test_two_languages_are_two_languages_for_every_purpose(tmp_path: Path) -> None:
    lines = shipped_packs()["cn"].text.splitlines()
    spoken = lines.index("[scripts.restore-contact]")
    first = next(place for place, line in enumerate(lines) if place > spoken and line.startswith("en = "))
    path = tmp_path / "cn.toml"
    path.write_text("\n".join([*lines[:first], *lines[first + 1:]]), "utf-8")
    assert "cn@2: scripts.restore-contact.en: missing, other purposes have it" in run("check", str(path)).output


def test_packs_that_cannot_hold_together_are_told_of_each_other(tmp_path: Path) -> None:
    late = written(tmp_path, "uk", ('[parameters."account.min_days_past_due"]', """[parameters."hours.borrower"]
value = ["08:00", "10:00"]
unit = "local time"
merge = "overlap"
grade = "H"
source = "house choice: mornings"

[parameters."account.min_days_past_due"]"""))
    early = written(tmp_path, "us", ('value = ["08:00", "21:00"]', 'value = ["11:00", "20:00"]'))
    result = run("check", late, early)
    assert result.exit_code == 1
    assert "uk@1: hours.borrower: cannot hold beside us@2" in result.output
    assert "us@2: hours.borrower: cannot hold beside uk@1" in result.output


def test_a_pack_that_could_not_travel_in_an_entry_is_told_before_it_is_signed(tmp_path: Path) -> None:
    long = written(tmp_path, "uk", ("speak of nothing else.", "speak of nothing else." + " Really." * 5_000))
    assert "uk@1: too long to travel in an entry of the log" in run("check", long).output


def test_what_is_neither_a_file_nor_a_pack_is_refused() -> None:
    result = run("check", "atlantis")
    assert "atlantis is neither a file nor a shipped pack" in str(result.exception)


def test_the_check_answers_a_program_too(tmp_path: Path) -> None:
    told = json.loads(run("check", written(tmp_path, "us", ('["US"]', '["US", "GB"]')), "--json").output)
    assert told["problems"] == ["us@2: regions: GB is uk's"]
    assert told["packs"][0]["name"] == "us"


@pytest.mark.parametrize("name", sorted(shipped_packs()))
@pytest.mark.parametrize("effective", [True, False])
def test_every_parameter_is_shown_as_a_sentence_with_value_source_and_grade(name: str, effective: bool) -> None:
    output = run("show", name, *(["--effective"] if effective else [])).output
    pack = shipped_packs()[name].pack
    for parameter, one in pack.settings.items():
        if not effective:
            assert f"    {one.grade}: {one.source}" in output
            assert sentence(parameter, one.value) in output
        assert f"    {parameter} = " in output
    assert pack.id.sha256 in output


def test_the_sentences_say_what_the_numbers_mean() -> None:
    output = run("show", "us", "--effective").output
    for said in (
        "The account is at least 30 days past due before a third person is reached.",
        "A third person may be reached only to get location information.",
        "A third person is reached only from 08:00 to 20:00, by that person's local time.",
        "The person on one line is spoken to at most once in one case.",
        "While a line of the borrower still rings or delivers, at least 1 officer must approve.",
        "No message to pass on is sent to a third person.",
        "The borrower's address is never released for a visit.",
        "The borrower's consent is at least confirmed by a one-time code.",
        "The borrower must be unresponsive at least: nobody was reached, though a line may still ring.",
        "never takes effect beside the floor: hours.third_party, retention.decisions_years",
        "No primary legal text backs: release_modes,",
    ):
        assert said in output
    assert "confirming or correcting location information" in output


def test_the_same_in_chinese_has_no_english_sentence_in_it() -> None:
    lines = [line for line in run("show", "cn", "--language", "zh").output.splitlines() if not line.startswith("  ")]
    assert "账户至少逾期 60 天后才可以联系第三人。" in lines
    assert "只在第三人当地时间 08:00 至 22:00 之间联系第三人。" in lines
    assert not [line for line in lines if line.startswith(SPOKEN)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_parameter_has_words_for_all_it_may_be(name: str, language: str) -> None:
    parameter = BY_NAME[name]
    values = {
        "set": [frozenset(), shipped_packs()["floor"].pack.settings[name].value], "flag": [True, False],
        "grade": [0, 1], "local time": [(480, 1200)],
        "days of the week": [frozenset(), frozenset(("mon", "sat")), frozenset(WEEK)],
    }.get(parameter.unit, [0, 1, 2, MOST])
    for value in values:
        said = sentence(name, value, language)
        assert "{" not in said
        assert said.endswith((".", "。"))
    assert len({sentence(name, value, language) for value in values}) == len(values)


def test_json_keeps_its_members_and_has_the_sentences() -> None:
    told = json.loads(run("show", "uk", "--effective", "--json").output)
    assert set(told) == {
        "pack", "parameters", "without_effect", "without_primary_source", "scripts", "messages"}
    rows = {row["parameter"]: row for row in told["parameters"]}
    assert set(rows) == set(BY_NAME)
    assert rows["release.approvals"]["from"] == ["uk"]
    assert rows["release.approvals"]["sentence"].startswith("Before a number is released at least 1 officer must")


def test_every_parameter_without_a_primary_source_is_listed_with_the_source_it_has() -> None:
    lines = run("list", "--unverified").output.splitlines()
    told = json.loads(run("list", "--unverified", "--json").output)
    unbacked = [(one.pack, name, setting) for one in shipped_packs().values()
                for name, setting in one.pack.settings.items() if setting.grade != "P"]
    assert len(lines) == len(told) == len(unbacked)
    for line, row, (pack, name, setting) in zip(lines, told, unbacked, strict=True):
        assert line == f"{pack.id.name}@{pack.id.version} {name} {setting.grade}: {setting.source}"
        assert (row["pack"], row["parameter"], row["grade"]) == (pack.id.name, name, setting.grade)


def test_what_two_laws_demand_and_nobody_can_do_both_is_said_and_is_no_fault() -> None:
    result = run("check", "cn")
    assert result.exit_code == 0
    assert ("note cn@2: caller.names_institution: contradicts us@2: where both hold, every lookup ends in "
            "pack-conflict") in result.output
    told = json.loads(run("check", "cn", "--json").output)
    assert (told["problems"], len(told["contradictions"])) == ([], 2)


def test_a_pack_that_breaks_its_own_list_is_told_so(tmp_path: Path) -> None:
    output = run("check", written(tmp_path, "us", ('"delinquen*"', '"location*"'))).output
    assert "us@2: scripts.location-information.en: says 'location', which a third person must not hear" in output


def test_a_list_that_our_own_invitations_break_is_told_so(tmp_path: Path) -> None:
    output = run("check", written(tmp_path, "us", ('"delinquen*"', '"reply"'))).output
    assert "us@2: must_not_say.en: forbids 'reply', which our own contact-listed says" in output


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(shipped_packs()))
def test_a_pack_is_explained_rule_by_rule_each_a_sentence_with_its_source(name: str, language: str) -> None:
    output = run("show", name, "--explain", "--language", language).output
    told = json.loads(run("show", name, "--explain", "--language", language, "--json").output)
    rules = [rule for section in told["sections"] for rule in section["rules"]]
    assert {rule["parameter"] for rule in rules} == set(BY_NAME)
    for rule in rules:
        assert f"{rule['number']} {rule['sentence']}" in output
        assert rule["source"] in output
    for said in shipped_packs()[name].pack.scripts.values():
        for text in said.values():
            assert text in output
            assert hashlib.sha256(text.encode()).hexdigest() in output


def test_a_lawyer_reads_where_the_floor_is_stricter_and_what_another_law_contradicts() -> None:
    output = run("show", "cn", "--explain").output
    lines = output.splitlines()
    at = lines.index("2.1 A third person is reached only from 08:00 to 20:00, by that person's local time.")
    assert lines[at + 1].startswith("    floor: Source (H, chosen by the house, no law demands it): house choice: ")
    assert lines[at + 2] == "    The floor is stricter, and holds; the pack itself would say:"
    assert lines[at + 3] == ("    cn: A third person is reached only from 08:00 to 22:00, by that person's local "
                             "time.")
    assert lines[at + 4].startswith("    cn: Source (S, secondary source; clause not checked): GB/T 45251-2025")
    assert "Source (P, primary legal text, read): 《中华人民共和国个人信息保护法》 (PIPL) article 24" in output
    assert "Where pack us holds too, nobody is released (pack-conflict): cn: Whoever calls a third person" in output


def test_the_chinese_page_of_chinas_pack_has_chinese_rules_and_sources_only() -> None:
    lines = run("show", "cn", "--explain", "--language", "zh").output.split("\n致电时说的话")[0].splitlines()
    assert lines[0].startswith("中国大陆")
    assert not [line for line in lines[1:] if line and not any("\u4e00" <= one <= "\u9fff" for one in line)]
    assert not [line for line in lines if "house choice" in line or any(line.startswith(one) for one in SPOKEN)]


def test_the_chinese_page_names_in_chinese_what_the_words_are_for() -> None:
    lines = run("show", "cn", "--explain", "--language", "zh").output.splitlines()
    headings = [line for line in lines if line.startswith(("致电时说的话 (", "书面消息 ("))]
    assert headings
    assert not [line for line in headings if not any("\u4e00" <= one <= "\u9fff" for one in line.split("(")[1])]


def test_a_pack_within_another_is_shown_and_explained_with_it() -> None:
    told = json.loads(run("show", "us-ma", "--effective", "--json").output)
    rows = {row["parameter"]: row for row in told["parameters"]}
    assert rows["notice.grace_days"]["from"] == ["us"]
    assert (rows["borrower.max_dials_7d"]["value"], rows["borrower.max_dials_7d"]["from"]) == (2, ["us-ma"])
    output = run("show", "us-ma", "--explain").output
    assert "It is applied beside the pack: us" in output
    assert shipped_packs()["us"].pack.scripts["location-information"]["en"] in output


def test_packs_are_shown_as_a_log_has_them_in_force_with_its_derogations(tmp_path: Path) -> None:
    world = World()
    activate(world, shipped_packs()["us"].text, START, 2)
    grant(world, parameter="borrower.max_dials_7d", value="9")
    key = Key()
    save(MemoryLog([leaf(one.draft, one.at) for one in world.log()], key), tmp_path / "log")
    which = ("--log", str(tmp_path / "log"), "--key", str(key.verifier))
    for lender, value, by in ((world.lender, 9, "derogation@1"), ("0" * 32, 7, "floor")):
        told = json.loads(run("show", "cn", "--effective", *which, "--lender", lender, "--json").output)
        rows = {row["parameter"]: row for row in told["parameters"]}
        assert (rows["borrower.max_dials_7d"]["value"], rows["borrower.max_dials_7d"]["from"]) == (value, [by])
        assert rows["unreachable.min_attempts"]["from"] == ["cn"]
        assert [(one["parameter"], one["value"], one["lender"]) for one in told.get("derogations", ())] == (
            [("borrower.max_dials_7d", 9, world.lender)] if value == 9 else [])
    output = run("show", "cn", "--effective", *which, "--lender", world.lender).output
    assert "    derogation@1" in output
    assert "derogation@1: The borrower is dialled at most 9 times on seven local days in a row." in output
    (signed,) = [line for line in output.splitlines() if "granted by" in line]
    assert signed.startswith(f"    for the lender {world.lender}; from ")
    assert world.officer in signed
    assert signed.count(", ") == 1
    assert "derogation@1" not in run("show", "cn", *which, "--lender", world.lender).output
    assert isinstance(run("show", "uk", *which).exception, NotFoundError)       # shipped, but not in this log
    assert "--log is read with its --key" in run("show", "cn", *which[:2]).output


def test_the_commands_of_the_page_about_packs_work_as_they_stand_there() -> None:
    page = (Path(__file__).parents[2] / "docs/packs.md").read_text("utf-8")
    block = page.split("<!-- run: packs-read -->\n```\n")[1].split("\n```")[0]
    for line in block.splitlines():
        start = "python -m registry packs "
        assert line.startswith(start)
        assert run(*line.removeprefix(start).split()).exit_code == 0, line
