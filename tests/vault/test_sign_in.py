"""Signing in (docs/adr/0010): codes, links and tokens become sessions, and nobody learns whom we know."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError
from registry.model.entries import Actor, Draft, leaf
from registry.model.times import DAY, HOUR, MINUTE
from registry.tlog.tree import leaf_hash
from registry.vault.desk import Settings
from registry.vault.ledger import Ledger
from tests.vault_engine import ask, dumped, sqlite_only
from tests.world import Person, World, WorldClock

Body = dict[str, Any]
UNKNOWN = "+8610000007777"


class TwoClocks(WorldClock):
    """A log clock and a wall clock, moved apart."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.ahead = 0

    def wall(self) -> int:
        return self.at + self.ahead


def refusal(world: World, op: str, **args: Any) -> tuple[str, str, str]:
    with pytest.raises(ConsentryError) as caught:
        world.call(op, **args)
    return type(caught.value).__name__, caught.value.code, caught.value.detail


def entering(world: World, request: str, code: str) -> tuple[str, str, str]:
    return refusal(world, "enter-code", request=request, code=code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def person(world: World) -> Person:
    made = world.borrower()
    world.deliver()
    return made


# By a code


@pytest.mark.parametrize(("role", "medium"), [("borrower", "sms"), ("borrower", "voice"), ("borrower", "email"),
                                              ("contact", "sms"), ("contact", "voice")])
def test_a_code_to_ones_own_line_opens_a_session(world: World, person: Person, role: str, medium: str) -> None:
    address = person.contact_number if role == "contact" else person.mail if medium == "email" else person.number
    request, code = world.ask_code(address, role, medium)
    message = world.outbox[-1]
    assert (message["to"], message["medium"]) == (address, "email" if medium == "email" else "sms")
    assert set(message["params"]) == {"code", "institution"}
    opened = world.call("enter-code", request=request, code=code)
    subject = person.borrower if role == "borrower" else person.contact
    assert opened["session"].startswith("cns_")
    assert len(opened["session"]) == 47
    shown = world.call("session", token=opened["session"])
    assert shown == {
        "session": shown["session"], "role": role, "strength": "code", "subjects": [subject],
        "opened_at": world.clock.at, "expires_at": world.clock.at + 30 * MINUTE,
    }
    (entry,) = world.entries("signed-in/1")
    asked = world.entries("sign-in-asked/1")[-1].id
    assert (entry.id, entry.body["request"], entry.body[role]) == (shown["session"], asked, subject)
    life = [one.body for one in world.entries("sign-of-life/1")]
    assert life == ([{"borrower": person.borrower, "source": "portal"}] if role == "borrower" else [])
    (sent,) = world.entries("code-sent/2")
    assert sent.body["about"] == asked


@sqlite_only  # whose driver tells every statement; those that the vault asks for are the same on both
def test_nobody_learns_from_asking_whom_we_know(world: World, person: Person) -> None:
    """The same answer, the same kind of entry, and as much work, for everybody."""
    erased = world.borrower()
    world.append("erasure-requested/1", {
        "subject": erased.borrower, "role": "borrower", "borrower": erased.borrower}, world.lender)
    asked = {
        "known": ("borrower", person.number, "sms"), "unknown": ("borrower", UNKNOWN, "sms"),
        "a contact's, as a borrower": ("borrower", person.contact_number, "sms"),
        "a borrower's, as a contact": ("contact", person.number, "sms"),
        "erased": ("borrower", erased.number, "sms"),
        "a contact of an erased": ("contact", erased.contact_number, "sms"),
        "unknown mail": ("borrower", "nobody@demo.invalid", "email"),
        "a contact's mail": ("contact", person.mail, "email"),
    }
    answers, work = {}, {}
    for name, (role, address, medium) in asked.items():
        world.reopen()  # nothing is remembered of the one before
        statements: list[str] = []
        for database in (world.vault.desk.keys._store, world.vault.desk.log._store):
            driver = database._driver
            assert isinstance(driver, sqlite3.Connection)
            driver.set_trace_callback(lambda sql, seen=statements: seen.append(sql.split(" ")[0]))
        answers[name] = world.call("ask-code", role=role, address=address, medium=medium)
        work[name] = sorted(statements)
    assert {tuple(answer) for answer in answers.values()} == {("request", "log_index", "entries", "proof")}
    assert {len(answer["entries"]) for answer in answers.values()} == {1}
    for name, answer in answers.items():
        (entry,) = answer["entries"]
        named = {"borrower", "channel", "line"} if name == "known" else set()
        assert set(entry["entry"]["body"]) == {"request", "way", "role", "medium"} | named
        assert entry["entry"]["kind"] == "sign-in-asked/1"
        said = [one for one in world.deliver() if one["template"] == "sign-in-code"]
        assert len(said) == (name == "known")
    assert len({len(answer["request"]) for answer in answers.values()}) == 1
    reads = {name: done.count("SELECT") for name, done in work.items()}
    writes = {name: sum(one != "SELECT" for one in done) for name, done in work.items()}
    assert len(set(writes.values())) == 1, writes
    assert max(reads.values()) - min(reads.values()) <= 1, reads


def test_public_hashes_do_not_tell_who_asked_whether_anybody_was_found(world: World) -> None:
    """Hashes of leaves are public. Of an entry that names nobody the asker knows every member but its id, so that he
    must not learn: else he would find his own entry's hash where nobody is known, and none where somebody is."""
    request, _ = world.ask_code(UNKNOWN)
    (entry,) = world.entries("sign-in-asked/1")
    guessed = Draft(request, entry.kind, Actor("vault"), {
        "request": request, "way": "code", "role": "borrower", "medium": "sms"})
    assert leaf_hash(leaf(guessed, entry.at)) != world.vault.desk.log.leaf_hash(entry.index)
    assert request not in entry.draft.to_sign().decode()
    # Nor does the id, which auditors read, let anybody try codes.
    assert entering(world, entry.id, "123456")[1] == "code-refused"
    assert ask(world.folder / "vault", f"SELECT tries FROM codes WHERE consent = '{entry.id}'") == [(0,)]


def test_every_wrong_code_gets_one_answer(world: World, person: Person) -> None:
    request, code = world.ask_code(person.number)
    nobody, _ = world.ask_code(UNKNOWN)
    said = {
        entering(world, request, wrong(code)), entering(world, request, "x"), entering(world, request, "no code"),
        entering(world, nobody, "123456"), entering(world, "f" * 32, "123456"), entering(world, "what", "123456"),
        entering(world, person.borrower, "123456"),
    }
    world.call("enter-code", request=request, code=code)
    said.add(entering(world, request, code))
    late, code = world.ask_code(person.number)
    world.clock.at += 10 * MINUTE
    said.add(entering(world, late, code))
    assert {one[:2] for one in said} == {("MalformedError", "code-refused")}
    assert len(said) == 1


def test_the_right_code_of_a_request_that_names_nobody_opens_nothing(world: World) -> None:
    """Its digits exist, so that asking is the same work; who guesses them has nothing."""
    request, _ = world.ask_code(UNKNOWN)
    asked = world.entries("sign-in-asked/1")[-1].id
    code = world.vault.desk.keys.make_code(asked, "sign-in-code", world.clock.at)
    assert entering(world, request, code)[1] == "code-refused"
    assert world.entries("signed-in/1") == []


def test_five_tries_also_across_a_restart_and_then_the_right_code_is_refused(world: World, person: Person) -> None:
    request, code = world.ask_code(person.number)
    for _ in range(3):
        entering(world, request, wrong(code))
    world.reopen()
    for _ in range(2):
        entering(world, request, wrong(code))
    world.reopen()
    assert entering(world, request, code)[1] == "code-refused"
    again, code = world.ask_code(person.number)
    assert world.call("enter-code", request=again, code=code)["strength"] == "code"


def test_a_try_counts_though_the_process_is_killed_before_it_answers(world: World, person: Person) -> None:
    """What is on disk when the answer leaves is all that a kill leaves."""
    request, code = world.ask_code(person.number)
    entering(world, request, wrong(code))
    asked = world.entries("sign-in-asked/1")[-1].id
    assert ask(world.folder / "vault", f"SELECT tries FROM codes WHERE consent = '{asked}'") == [(1,)]


def test_the_code_of_one_request_is_useless_for_another(world: World, person: Person) -> None:
    first, code = world.ask_code(person.number)
    second, other = world.ask_code(person.number)
    contacts, third = world.ask_code(person.contact_number, "contact")
    assert len({code, other, third}) == 3, "one in a million that this is chance"
    for request, theirs in ((first, other), (second, code), (contacts, code), (first, third)):
        assert entering(world, request, theirs)[1] == "code-refused"
    # Nor does it give a consent, nor a consent's code another's session.
    asked = world.call("consent", **world.terms(person, "contact"))["consent"]
    world.deliver(person)
    with pytest.raises(MalformedError):
        world.call("check-code", consent=asked, code=code)
    assert entering(world, first, person.code)[1] == "code-refused"
    with pytest.raises(MalformedError):
        world.call("check-code", consent=first, code=code)


def test_three_codes_an_hour_and_ten_a_day_go_to_a_line_whoever_asks(world: World, person: Person) -> None:
    sent = []
    for hour in range(5):
        for _ in range(4):
            sent.append(world.ask_code(person.number)[1] != "")
        world.clock.at += HOUR
        if hour == 2:
            world.reopen()  # the count is in the log
    assert sent == [True, True, True, False] * 3 + [True, False, False, False] + [False] * 4
    assert world.ask_code(person.contact_number, "contact")[1] != "", "another line has its own count"
    world.clock.at += 19 * HOUR
    assert world.ask_code(person.number)[1] != ""


def test_once_a_days_addresses_were_opened_there_is_no_code_to_guess(tmp_path: Any) -> None:
    world = World(tmp_path, settings=Settings(addresses_per_day=2))
    first, second = world.borrower(), world.borrower()
    world.deliver()
    _, code = world.ask_code(first.number)
    assert code == ""
    assert "line" not in world.entries("sign-in-asked/1")[-1].body
    world.clock.at += DAY
    assert world.ask_code(second.number)[1] != ""
    world.vault.close()


def test_the_count_of_codes_forgets_lines_that_nobody_asked_for_in_a_day(world: World, person: Person) -> None:
    world.ask_code(person.number)
    world.clock.at += DAY
    world.ask_code(person.contact_number, "contact")
    ledger: Ledger = world.vault.desk.ledger
    assert len(ledger._codes) == 1


def test_no_code_goes_to_a_line_that_is_not_the_askers_own(world: World, person: Person) -> None:
    def asked() -> bool:
        return world.ask_code(person.number)[1] != ""

    session = world.linked(person)

    def added(use: str) -> None:
        world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="sms", use=use,
                   value=person.number)

    world.append("channel-removed/1", {"channel": person.channels["sms"], "borrower": person.borrower}, world.lender)
    assert asked(), "what is registered to be called is written to"
    world.append("channel-disputed/1", {
        "channel": person.channels["sms"], "borrower": person.borrower}, Actor("borrower", person.borrower))
    assert not asked(), "whoever says that the number is not his says so of calls too"
    with pytest.raises(ConflictError) as refused:
        added("personal")
    assert refused.value.code == "channel-disowned"
    assert not asked(), "the lender does not make it his again"
    world.call("deposit-channel", session=session, borrower=person.borrower, medium="sms", use="personal",
               value=person.number)
    assert asked()
    world.clock.at += HOUR
    added("work")
    assert not asked()


def test_a_code_that_is_on_its_way_opens_nothing_once_its_line_is_disputed(world: World, person: Person) -> None:
    request, code = world.ask_code(person.number)
    world.append("channel-disputed/1", {"channel": person.channels["sms"], "borrower": person.borrower}, world.lender)
    assert entering(world, request, code)[1] == "code-refused"


@pytest.mark.parametrize("outcome", ["wrong-person", "minor"])
def test_a_line_that_is_a_strangers_or_a_childs_signs_in_as_no_contact(world: World, outcome: str) -> None:
    person = world.unreachable()
    lookup = world.lookup(person)["lookup"]
    assert world.ask_code(person.contact_number, "contact")[1] != ""
    world.call("outcome", by=world.agency.value(), lookup=lookup, outcome=outcome, agent="a",
               at="2026-11-25T02:00:00Z")
    assert world.ask_code(person.contact_number, "contact")[1] == ""


def test_a_contact_who_objected_still_signs_in(world: World, person: Person) -> None:
    world.consents(person, borrower=False)
    world.call("answer", token=person.token, answer="object")
    token = world.signed_in(person, "contact")
    assert world.call("session", token=token)["subjects"] == [person.contact]


def test_one_line_of_several_people_opens_one_session_for_all_of_them(world: World, person: Person) -> None:
    again = world.borrower(person.contact_number)
    world.call("add-channel", by=world.lender.value(), borrower=again.borrower, medium="sms", use="personal",
               value=person.number)
    opened = world.call("session", token=world.signed_in(person))
    assert opened["subjects"] == [person.borrower, again.borrower]
    assert {one.body["borrower"] for one in world.entries("sign-of-life/1")} == {person.borrower, again.borrower}
    assert world.call("session", token=world.signed_in(person, "contact"))["subjects"] == [
        person.contact, again.contact]


# By an invitation


def test_an_invitations_code_opens_a_session_and_gives_no_consent(world: World, person: Person) -> None:
    consent = world.call("consent", **world.terms(person, "contact"))["consent"]
    world.deliver(person)
    for _ in range(6):  # a right code costs no try
        opened = world.call("enter-code", request=consent, code=person.code)
        assert (opened["role"], opened["consent"], opened["subjects"]) == ("contact", consent, [person.contact])
    assert world.call("session", token=opened["session"])["consent"] == consent
    assert world.entries("consent-given/1") == []
    for _ in range(4):
        entering(world, consent, wrong(person.code))
    assert world.call("check-code", consent=consent, code=person.code)["state"] == "given"
    assert entering(world, consent, person.code)[1] == "code-refused"


def test_after_five_wrong_codes_an_invitation_opens_nothing(world: World, person: Person) -> None:
    consent = world.call("consent", **world.terms(person, "contact"))["consent"]
    world.deliver(person)
    for _ in range(5):
        entering(world, consent, wrong(person.code))
    assert entering(world, consent, person.code)[1] == "code-refused"
    with pytest.raises(MalformedError):
        world.call("check-code", consent=consent, code=person.code)


# By a link


def test_a_link_opens_one_session_and_no_second_also_after_a_restart(world: World, person: Person) -> None:
    link = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)
    assert link["expires_at"] == world.clock.at + DAY
    unknown = refusal(world, "open-link", token="cnl_unknown")
    opened = world.call("open-link", token=link["token"])
    assert (opened["strength"], opened["subjects"]) == ("link", [person.borrower])
    assert refusal(world, "open-link", token=link["token"]) == unknown
    world.reopen()
    assert refusal(world, "open-link", token=link["token"]) == unknown
    late = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)
    world.clock.at += DAY
    assert refusal(world, "open-link", token=late["token"]) == unknown


def test_two_who_open_one_link_in_the_same_round_get_one_session(world: World, person: Person) -> None:
    link = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)
    first, second = world.vault.round([("open-link", {"token": link["token"]})] * 2)
    assert isinstance(first, dict)
    assert isinstance(second, NotFoundError)
    request, code = world.ask_code(person.number)
    first, second = world.vault.round([("enter-code", {"request": request, "code": code})] * 2)
    assert isinstance(first, dict)
    assert isinstance(second, MalformedError)


def test_a_lender_makes_links_for_its_own_borrowers_and_nobody_else_does(world: World, person: Person) -> None:
    stranger = world._party("lender", "Other Lender")
    for by in (stranger, world.agency, world.auditor, Actor("web"), Actor("borrower", person.borrower),
               Actor("contact", person.contact), Actor("officer", world.officers[0].id)):
        assert refusal(world, "make-link", by=by.value(), role="borrower", subject=person.borrower)[1] == "not-found"
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower}, world.lender)
    assert refusal(world, "make-link", by=world.lender.value(), role="borrower",
                   subject=person.borrower)[1] == "not-found"


def test_a_link_for_staff_is_good_for_an_hour_and_for_registered_staff(world: World) -> None:
    officer, auditor = world.staff("officer"), world.staff("auditor")
    for actor in (officer, auditor, Actor("officer", world.officers[0].id)):
        link = world.call("make-link", by={"role": "web"}, role=actor.role, subject=actor.id)
        assert link["expires_at"] == world.clock.at + HOUR
        opened = world.call("open-link", token=link["token"])
        assert (opened["role"], opened["party"], opened["subjects"]) == (actor.role, actor.id, [])
        assert opened["expires_at"] == world.clock.at + HOUR
    for role, subject in (("auditor", officer.id), ("officer", auditor.id), ("officer", "f" * 32),
                          ("officer", world.lender.id)):
        assert refusal(world, "make-link", by={"role": "web"}, role=role, subject=subject)[1] == "not-found"
    assert refusal(world, "make-link", by=world.lender.value(), role="officer", subject=officer.id)[1] == "not-found"
    link = world.call("make-link", by={"role": "web"}, role="officer", subject=officer.id)
    world.append("party-suspended/1", {"party": officer.id}, Actor("web"))
    assert refusal(world, "open-link", token=link["token"])[1] == "not-found"


def test_a_token_that_the_web_tier_checked_opens_a_session_of_staff_alone(world: World, person: Person) -> None:
    auditor = world.staff("auditor")
    opened = world.call("open-token", by=auditor.value())
    assert (opened["role"], opened["party"], opened["strength"]) == ("auditor", auditor.id, "token")
    for by in (world.lender, world.agency, Actor("officer", auditor.id), world.auditor):
        with pytest.raises((NotFoundError, MalformedError)):
            world.call("open-token", by=by.value())


# Sessions


def test_a_closed_session_is_over_and_so_is_an_expired_one(world: World, person: Person) -> None:
    closed, expired = world.signed_in(person), world.linked(person)
    assert world.call("close-session", token=closed) == {}
    assert world.call("close-session", token=closed) == {}
    over = refusal(world, "session", token=closed)
    assert over[:2] == ("NotFoundError", "session-unknown")
    world.clock.at += 30 * MINUTE - 1
    assert world.call("session", token=expired)["strength"] == "link"
    world.clock.at += 1
    assert refusal(world, "session", token=expired) == over
    assert refusal(world, "session", token="cns_" + "A" * 43) == over
    assert refusal(world, "session", token="x") == over


def test_a_session_lives_on_through_a_restart_and_leaves_the_database_when_it_is_over(
    world: World, person: Person
) -> None:
    token = world.signed_in(person)
    world.reopen()
    assert world.call("session", token=token)["subjects"] == [person.borrower]
    world.clock.at += HOUR
    world.linked(person)
    rows = world.vault.desk.keys._store.read("SELECT count(*) FROM sessions", ())
    assert rows == (1,)


def test_a_suspended_officers_session_ends(world: World) -> None:
    officer = world.staff("officer")
    token = world.staff_session(officer)
    assert world.call("session", token=token)["party"] == officer.id
    world.append("party-suspended/1", {"party": officer.id}, Actor("web"))
    assert refusal(world, "session", token=token)[1] == "session-unknown"


def test_who_steals_the_keys_database_gets_no_token_no_link_no_challenge_and_no_code(
    world: World, person: Person
) -> None:
    session = world.signed_in(person)
    link = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)["token"]
    challenge = world.call("passkey-challenge")["challenge"]
    _, code = world.ask_code(person.contact_number, "contact")
    world.vault.close()
    stolen = b"".join(path.read_bytes() for path in (world.folder / "vault").iterdir() if path.is_file())
    stolen += dumped(world.folder / "vault")
    for secret in (session, link, challenge, session[4:], link[4:]):
        assert secret.encode() not in stolen
    rows = [row for table in ("sessions", "links", "challenges", "codes", "tokens")
            for row in ask(world.folder / "vault", f"SELECT * FROM {table}")]
    assert len(rows) >= 4
    assert not any(code == str(value) for row in rows for value in row)
    world.reopen()
    # What he finds there opens nothing.
    for row in rows:
        for value in row:
            text = value.hex() if isinstance(value, bytes) else str(value)
            assert refusal(world, "session", token=text[:100] or "x")[1] == "session-unknown"


def test_codes_run_by_the_log_clock_and_sessions_links_and_challenges_by_the_wall_clock(tmp_path: Any) -> None:
    clock = TwoClocks(WorldClock(1_780_000_000_000).at)
    world = World(tmp_path, clock=clock)
    person = world.borrower()
    world.deliver()
    # A week passes on the wall alone: the code is good, and what the wall times is over.
    request, code = world.ask_code(person.number)
    session, link = world.linked(person), world.call(
        "make-link", by=world.lender.value(), role="borrower", subject=person.borrower)["token"]
    clock.ahead += 7 * DAY
    assert refusal(world, "session", token=session)[1] == "session-unknown"
    assert refusal(world, "open-link", token=link)[1] == "not-found"
    token = world.call("enter-code", request=request, code=code)["session"]
    # The log's clock is moved by a week: the code is over, the session is not.
    request, code = world.ask_code(person.number)
    link = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)["token"]
    clock.at += 7 * DAY
    clock.ahead -= 7 * DAY
    assert entering(world, request, code)[1] == "code-refused"
    assert world.call("session", token=token)["expires_at"] == clock.wall() + 30 * MINUTE
    assert world.call("open-link", token=link)["strength"] == "link"
    world.vault.close()


def test_what_is_no_address_is_said_so_without_repeating_it(world: World) -> None:
    for role, address, medium in (("borrower", "12", "sms"), ("contact", "no address", "email")):
        kind, _, detail = refusal(world, "ask-code", role=role, address=address, medium=medium)
        assert kind == "MalformedError"
        assert address not in detail


def test_every_token_is_drawn_anew(world: World, person: Person) -> None:
    assert len({world.linked(person) for _ in range(5)} | {world.call("passkey-challenge")["challenge"]
                                                           for _ in range(5)}) == 10
