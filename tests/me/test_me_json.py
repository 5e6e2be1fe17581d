"""What a borrower reads and does under /v1/me, and what he does not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import update

from registry.model.times import DAY, stamp
from registry.store.database import writing
from registry.store.mirrors import Lookup
from registry.texts import notices, reasons
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.note import parse_verifier
from registry.tlog.proof import parse_proof
from registry.tlog.tree import leaf_hash, verify_inclusion
from tests.authenticator import Authenticator
from tests.me.borrowers import Borrower, borrower_of, scope
from tests.portal.visitor import somebody
from tests.web.world import As, World, decoded


def asked(world: World, mine: Borrower, **changes: Any) -> dict[str, Any]:
    """What the collector is answered, with all of the lender's feeds complete."""
    for feed in ("payments", "logins", "inbound"):
        world.lender.put(f"/v1/feeds/{feed}", {"complete_through": stamp(world.clock.now())})
    world.settle()
    body = world.lookup(mine.ids["account"], **changes)
    answer = world.collector.post("/v1/lookups", body, idempotency_key=f"me-{world.number()[-4:]}")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def look_up(world: World, mine: Borrower, **changes: Any) -> str:
    return str(asked(world, mine, **changes)["lookup"])


def given(mine: Borrower, me: As) -> str:
    """A consent that the borrower gave by a code."""
    wanted = me.post("/v1/me/consents", mine.terms(channel=mine.channel()))
    assert (wanted.status_code, wanted.json["state"]) == (201, "pending-code"), wanted.text
    consent: str = wanted.json["consent"]
    done = me.post(f"/v1/me/consents/{consent}/code", {"code": mine.consent_code()})
    assert (done.status_code, done.json["state"], done.json["assurance"]) == (201, "given", "code"), done.text
    return consent


def test_the_overview_says_where_things_stand_and_counts_releases_to_a_strong_session_alone(mine: Borrower) -> None:
    strong, weak = mine.strong().get("/v1/me").json, mine.weak().get("/v1/me").json
    assert strong["session"]["strength"] == "link"
    assert weak["session"]["strength"] == "code"
    assert strong["borrowers"][0] == {**weak["borrowers"][0], "released": 0, "visited": 0}
    assert weak["borrowers"][0]["borrower"] == mine.id


def test_the_last_two_digits_are_for_strong_sessions(mine: Borrower) -> None:
    contact = mine.strong().get("/v1/me/contacts").json["items"]
    assert [one["last_two"] for one in contact] == [mine.person.contact_number[-2:]]
    assert [one["contact"] for one in contact] == [mine.ids["contact"]]
    hidden = mine.weak().get("/v1/me/contacts")
    assert "last_two" not in hidden.json["items"][0]
    for channel in mine.strong().get("/v1/me/channels").json["items"]:
        assert channel["shown"] not in (mine.person.number, mine.person.email)
    assert all("shown" not in one for one in mine.weak().get("/v1/me/channels").json["items"])


def test_an_objection_shows_as_nothing_but_not_usable(world: World, mine: Borrower) -> None:
    world.bench.vault.call("object", {
        "by": {"role": "contact", "id": mine.ids["contact"]}, "contact": mine.ids["contact"], "through": "portal"})
    world.settle()
    shown = mine.strong().get("/v1/me/contacts").json["items"][0]
    assert shown["state"] == "not-usable"


def test_a_consent_is_given_by_a_code_said_in_a_sentence_and_withdrawn_at_once(seasoned: Borrower) -> None:
    me = seasoned.strong()
    consent = given(seasoned, me)
    view = me.get(f"/v1/me/consents/{consent}").json
    assert view["in_force"]
    assert view["notice"] == notices.current("borrower").shown("zh")
    assert "示例消费金融" in view["in_words"]["zh"]
    assert "2 times" in view["in_words"]["en"]
    receipt = me.get(f"/v1/me/consents/{consent}/receipt").json
    assert (receipt["act"], decoded(receipt["receipt"])["act"]) == ("given", "given")
    assert not {seasoned.person.number, seasoned.id} & set(decoded(receipt["receipt"]).values())
    first = me.post(f"/v1/me/consents/{consent}/withdrawal")
    again = me.post(f"/v1/me/consents/{consent}/withdrawal")
    assert first.status_code == again.status_code == 201
    assert first.json["log_index"] == again.json["log_index"]
    assert me.get(f"/v1/me/consents/{consent}").json["state"] == "withdrawn"
    assert me.get(f"/v1/me/consents/{consent}/receipt").json["act"] == "withdrawn"


def test_a_consent_that_is_over_is_not_in_force(world: World, seasoned: Borrower) -> None:
    consent = given(seasoned, seasoned.strong())
    world.clock.move_to(world.clock.now() + 91 * DAY)
    view = seasoned.strong().get(f"/v1/me/consents/{consent}").json
    assert (view["state"], view["in_force"]) == ("given", False)


def test_a_weak_session_gives_and_withdraws_too(seasoned: Borrower) -> None:
    me = seasoned.weak()
    consent = given(seasoned, me)
    assert me.post(f"/v1/me/consents/{consent}/withdrawal").status_code == 201


def test_a_wrong_code_gives_nothing(seasoned: Borrower) -> None:
    me = seasoned.strong()
    consent = me.post("/v1/me/consents", seasoned.terms(channel=seasoned.channel())).json["consent"]
    for wrong in ("000000", "", "12345", "１２３４５６"):
        refused = me.post(f"/v1/me/consents/{consent}/code", {"code": wrong})
        assert (refused.status_code, refused.json["code"]) == (422, "code-refused")
    assert me.get(f"/v1/me/consents/{consent}").json["state"] == "pending-code"


def test_a_code_goes_to_no_line_that_is_new(other: Borrower) -> None:
    refused = other.strong().post("/v1/me/consents", other.terms(channel=other.channel()))
    assert (refused.status_code, refused.json["code"]) == (409, "channel-not-personal")


@pytest.mark.parametrize(("change", "pointer"), [
    ({"channel": None}, "/channel"), ({"separate": False}, "/separate"), ({"extra": 1}, "/extra"),
    ({"giver": "contact"}, "/giver"), ({"method": "paper"}, "/method"), ({"scope": None}, "/scope"),
    ({"terms": {}}, "/assertion"), ({"expires_at": "tomorrow"}, "/expires_at"),
])
def test_a_consent_of_another_shape_is_refused_where_it_is_wrong(
    mine: Borrower, change: dict[str, Any], pointer: str
) -> None:
    body = {name: value for name, value in {**mine.terms(channel=mine.channel()), **change}.items()
            if value is not None}
    refused = mine.strong().post("/v1/me/consents", body)
    assert refused.status_code == 422
    assert pointer in {one["pointer"] for one in refused.json["errors"]}


def test_an_invitation_is_a_link_to_forward_and_a_code_to_the_contacts_own_line(world: World, mine: Borrower) -> None:
    body = {"scope": scope(), "notice": notices.current("contact").shown("zh"),
            "expires_at": stamp(world.clock.now() + 90 * DAY)}
    made = mine.strong().post(f"/v1/me/contacts/{mine.ids['contact']}/invitation", body)
    assert (made.status_code, made.json["state"]) == (201, "pending-code"), made.text
    assert re.fullmatch(r"http://localhost:8000/c/i/[A-Za-z0-9_-]{16,}", made.json["invitation_url"])
    world.settle()
    sent = [one for one in world.messages(mine.person.contact_number) if one["template"] == "contact-invitation"]
    assert len(sent) == 1
    # It is the contact's to give: the borrower's list does not show it, nor whether it was answered.
    assert mine.strong().get("/v1/me/consents").json["items"] == []


def test_every_lookup_is_there_with_who_when_what_for_and_why_not(world: World, mine: Borrower) -> None:
    look_up(world, mine)
    shown = mine.strong().get("/v1/me/lookups").json["items"][-1]
    assert shown["asked_by"] == {"party": world.made["agency"].id, "name": "示例催收一部"}
    assert (shown["agent"], shown["purpose"], shown["mode"], shown["verdict"]) == (
        "agent-17", "restore-contact", "number", "deny")
    assert "borrower-consent-absent" in shown["reasons"]
    assert reasons.plain("borrower-consent-absent", "en") in shown["in_words"]["en"]
    assert len(shown["in_words"]["zh"]) == len(set(shown["in_words"]["zh"]))


def test_what_stands_on_the_contacts_side_is_one_sentence_and_no_text_of_the_entry(
    world: World, mine: Borrower
) -> None:
    lookup = look_up(world, mine)
    entry = world.bench.vault.call("entry", {"id": lookup})["entry"]["body"]
    assert [code for code in entry["reasons"] if code.startswith("contact-")]
    shown = mine.strong().get(f"/v1/me/lookups/{lookup}")
    assert reasons.CONTACT_SIDE in shown.json["reasons"]
    for secret in ("contact-consent", "contact-not-informed", entry["line"], entry["contact"]):
        assert secret not in shown.text
    assert "entry" not in shown.json


def test_the_proof_of_a_lookup_holds_against_the_logs_own_key(world: World, mine: Borrower) -> None:
    ids = [look_up(world, mine), look_up(world, mine, about="borrower", purpose="contact-borrower")]
    key = parse_verifier(world.bench.vault.call("keys", {})["log_vkey"])
    for lookup in ids:
        shown = mine.strong().get(f"/v1/me/lookups/{lookup}").json
        proof = parse_proof(shown["proof"])
        checkpoint = open_checkpoint(proof.checkpoint, key)
        leaf = bytes.fromhex(shown["leaf_sha256"])
        verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
        assert (proof.index, shown["key"]) == (shown["log_index"], str(key))
        data = world.bench.vault.desk.log.leaves(proof.index, 1)[0][1]
        assert leaf_hash(data) == leaf
        assert shown.get("entry", data.decode()) == data.decode()
        assert ("entry" in shown) == (b'"line"' not in data)


def test_lookups_come_page_by_page_oldest_first(world: World, mine: Borrower) -> None:
    made = [look_up(world, mine) for _ in range(5)]
    me, found, cursor = mine.strong(), [], ""
    while True:
        page = me.get(f"/v1/me/lookups?limit=2{cursor}").json
        found += [one["lookup"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == made
    assert me.get("/v1/me/lookups?verdict=permit").json["items"] == []


def test_reach_me_like_this_is_what_the_collector_is_told_to_do_next(world: World, mine: Borrower) -> None:
    body = {"channel": mine.channel("voice"), "windows": ["18:00-20:00"], "language": "zh"}
    made = mine.weak().post("/v1/me/reachable", body)
    assert made.status_code == 201, made.text
    lookup = asked(world, mine)
    assert lookup["state"] == "callback"
    assert lookup["next"] == {"action": "call-borrower", "channel": body["channel"]}
    told = world.collector.get(f"/v1/accounts/{mine.ids['account']}").json["callback"]
    assert told["windows"] == ["18:00-20:00"]
    shown = mine.strong().get("/v1/me").json["borrowers"][0]["callback"]
    assert shown["until"] == made.json["until"]


def test_a_new_number_is_taken_and_told_once_however_often_it_is_sent(world: World, mine: Borrower) -> None:
    number, me = world.number(), mine.weak()
    body = {"new_channel": {"medium": "voice", "value": number}, "windows": ["09:00-12:00"]}
    first = me.post("/v1/me/reachable", body, idempotency_key="n-1")
    again = me.post("/v1/me/reachable", body, idempotency_key="n-1")
    assert first.status_code == again.status_code == 201, first.text
    assert first.json["channel"] == again.json["channel"]
    assert number not in first.text
    assert first.json["channel"] in {one["channel"] for one in me.get("/v1/me/channels").json["items"]}


@pytest.mark.parametrize("body", [
    {"windows": ["09:00-12:00"]}, {"windows": []}, {"windows": ["9-12"]},
    {"windows": ["09:00-12:00"], "new_channel": {"medium": "voice"}},
    {"windows": ["09:00-12:00"], "new_channel": {"medium": "voice", "value": "12"}},
    {"windows": ["09:00-12:00"], "new_channel": {"medium": "email", "value": "nobody"}},
    {"windows": ["09:00-12:00"], "new_channel": {"medium": "fax", "value": "+861000000001"}},
])
def test_an_offer_that_nobody_could_follow_is_refused(mine: Borrower, body: dict[str, Any]) -> None:
    assert mine.strong().post("/v1/me/reachable", body).status_code == 422


def test_i_cannot_pay_pauses_everything_once(world: World, mine: Borrower) -> None:
    me = mine.weak()
    first, again = (me.post("/v1/me/hardship") for _ in range(2))
    assert first.status_code == again.status_code == 201, first.text
    assert first.json == again.json
    assert me.get("/v1/me").json["borrowers"][0]["holds"] == ["vulnerability"]
    lookup = asked(world, mine)
    assert lookup["state"] == "paused"
    history = world.bench.vault.desk.relations.history(mine.id)
    assert [one.body["source"] for one in history if one.kind == "sign-of-life/1"].count("portal") >= 2


def test_a_complaint_is_sealed_has_a_deadline_and_is_shown_to_nobody_else(
    world: World, mine: Borrower, other: Borrower
) -> None:
    me, words = mine.weak(), "他们半夜打电话给我母亲 <b>&"
    filed = me.post("/v1/me/complaints", {"about": "lender", "text": words})
    assert (filed.status_code, filed.json["state"]) == (201, "open"), filed.text
    shown = me.get(f"/v1/me/complaints/{filed.json['complaint']}").json
    assert shown["answer_by"] == filed.json["answer_by"] == stamp(world.clock.now() + 15 * DAY)
    assert words not in me.get("/v1/me/complaints").text
    assert other.strong().get("/v1/me/complaints").json["items"] == []
    assert words.encode() not in b"".join(data for _, data in world.bench.vault.desk.log.leaves(0, 10_000))


def test_a_complaint_of_a_contacts_is_not_the_borrowers_to_see(world: World, mine: Borrower) -> None:
    filed = world.bench.vault.call("complain", {
        "by": {"role": "contact", "id": mine.ids["contact"]}, "from": "contact", "borrower": mine.id,
        "contact": mine.ids["contact"], "about": "registry"})
    world.settle()
    me = mine.strong()
    assert me.get("/v1/me/complaints").json["items"] == []
    assert me.get(f"/v1/me/complaints/{filed['complaint']}").status_code == 404
    lookup = look_up(world, mine)
    assert "complaint" not in me.get(f"/v1/me/lookups/{lookup}").text


@pytest.mark.parametrize("body", [
    {"about": "lookup", "text": "x"}, {"about": "agency", "text": "x"}, {"about": "lender"},
    {"about": "lender", "text": ""}, {"about": "lender", "text": "x" * 1001}, {"about": "nobody", "text": "x"},
    {"about": "lender", "text": "x", "lookup": "0" * 32},
])
def test_a_complaint_of_another_shape_is_refused(mine: Borrower, body: dict[str, Any]) -> None:
    assert mine.weak().post("/v1/me/complaints", body).status_code == 422


def test_who_signed_in_as_me_is_for_strong_sessions(mine: Borrower) -> None:
    mine.weak()
    found = mine.strong().get("/v1/me/sign-ins").json["items"]
    assert [one["strength"] for one in found] == ["code", "link"]


def test_export_holds_everything_and_no_number_in_full(world: World, seasoned: Borrower) -> None:
    me = seasoned.strong()
    consent, lookup = given(seasoned, me), look_up(world, seasoned)
    me.post("/v1/me/complaints", {"about": "registry", "text": "something"})
    found = me.get("/v1/me/export")
    body = found.json
    assert [one["consent"] for one in body["consents"]] == [consent]
    assert decoded(body["consents"][0]["receipt"])["act"] == "given"
    assert [one["lookup"] for one in body["lookups"]] == [lookup]
    assert [len(body[name]) for name in ("contacts", "complaints", "channels")] == [1, 1, 3]
    for number in (seasoned.person.number, seasoned.person.contact_number, seasoned.person.email):
        assert number not in found.text


def test_export_tells_of_a_consent_that_waits_for_its_code_too(seasoned: Borrower) -> None:
    me = seasoned.strong()
    consent = me.post("/v1/me/consents", seasoned.terms(channel=seasoned.channel())).json["consent"]
    found = me.get("/v1/me/export")
    assert (found.status_code, [one["consent"] for one in found.json["consents"]]) == (200, [consent])
    assert me.get(f"/v1/me/consents/{consent}/receipt").status_code == 404


@pytest.mark.parametrize("way", ["weak", "strong"])
def test_erasing_needs_to_be_confirmed_and_closes_at_once(world: World, mine: Borrower, way: str) -> None:
    me = mine.weak() if way == "weak" else mine.strong()
    assert me.post("/v1/me/erasure", {}).status_code == 422
    assert me.post("/v1/me/erasure", {"confirm": False}).status_code == 422
    erased = me.post("/v1/me/erasure", {"confirm": True})
    assert erased.status_code == 201, erased.text
    assert me.get("/v1/me").json["borrowers"][0]["state"] == "closed"
    lookup = asked(world, mine)
    assert lookup["state"] == "not-eligible"


STRONG = ("/v1/me/lookups", f"/v1/me/lookups/{'0' * 32}", "/v1/me/sign-ins", "/v1/me/export")

@pytest.fixture(scope="module")
def contact_session(world: World) -> As:
    return borrower_of(world, somebody(world)).contact()


READS = ("/v1/me", "/v1/me/contacts", "/v1/me/notices", "/v1/me/consents", "/v1/me/channels", "/v1/me/complaints",
         "/v1/me/passkeys", *STRONG)


@pytest.mark.parametrize("path", STRONG)
def test_a_code_reads_no_history(mine: Borrower, path: str) -> None:
    refused = mine.weak().get(path)
    assert (refused.status_code, refused.json["code"]) == (403, "session-too-weak")


@pytest.mark.parametrize("path", READS)
def test_nobody_reads_without_a_session_nor_with_anothers_role(
    world: World, contact_session: As, path: str
) -> None:
    assert world.nobody.get(path).status_code == 401
    assert world.lender.get(path).status_code == 401
    refused = contact_session.get(path)
    assert (refused.status_code, refused.json["code"]) == (403, "session-role")


def test_what_is_anothers_is_not_found(world: World, seasoned: Borrower, other: Borrower) -> None:
    theirs = seasoned.strong()
    consent, lookup = given(seasoned, theirs), look_up(world, seasoned)
    complaint = theirs.post("/v1/me/complaints", {"about": "lender", "text": "x"}).json["complaint"]
    me, notice = other.strong(), notices.current("contact").shown("zh")
    invitation = {"scope": scope(), "notice": notice, "expires_at": stamp(world.clock.now() + DAY)}
    tried: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/me/consents/{consent}", None), ("GET", f"/v1/me/consents/{consent}/receipt", None),
        ("POST", f"/v1/me/consents/{consent}/withdrawal", {}),
        ("POST", f"/v1/me/consents/{consent}/code", {"code": "123456"}),
        ("GET", f"/v1/me/lookups/{lookup}", None), ("GET", f"/v1/me/complaints/{complaint}", None),
        ("POST", f"/v1/me/contacts/{seasoned.ids['contact']}/invitation", invitation),
        ("POST", f"/v1/me/channels/{seasoned.channel()}/dispute", {}),
        ("POST", "/v1/me/reachable", {"channel": seasoned.channel(), "windows": ["09:00-12:00"]}),
        ("POST", "/v1/me/hardship", {"borrower": seasoned.id}), ("POST", "/v1/me/erasure", {"borrower": seasoned.id,
                                                                                      "confirm": True}),
        ("POST", "/v1/me/complaints", {"about": "lookup", "lookup": lookup, "text": "x"}),
        ("POST", "/v1/me/complaints", {"about": "lender", "borrower": seasoned.id, "text": "x"}),
        ("POST", "/v1/me/consents", seasoned.terms(channel=seasoned.channel())),
        ("DELETE", f"/v1/me/passkeys/{consent}", {}),
    ]
    size = world.bench.vault.desk.log.size
    for method, path, body in tried:
        answer = me.send(method, path, body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert world.bench.vault.desk.log.size == size


def test_a_channel_that_is_not_mine_any_more_is_disputed(mine: Borrower) -> None:
    me, channel = mine.weak(), mine.channel("email")
    assert me.post(f"/v1/me/channels/{channel}/dispute").status_code == 201
    assert channel not in {one["channel"] for one in me.get("/v1/me/channels").json["items"]}


def test_answers_are_never_stored_on_the_way(mine: Borrower) -> None:
    me = mine.strong()
    assert all(me.get(path).headers["Cache-Control"] == "no-store" for path in READS)


def test_one_telephone_of_two_files_is_both_of_them(world: World, mine: Borrower) -> None:
    """One person with two files: a session by code is both, and says which where that matters."""
    second = world.borrower()
    for channel in second["channels"]:
        channel["value"] = mine.person.number
    other = world.lender.post("/v1/borrowers", second).json["borrower"]
    me = mine.weak()
    assert [one["borrower"] for one in me.get("/v1/me").json["borrowers"]] == [mine.id, other]
    body = {"new_channel": {"medium": "sms", "value": world.number()}, "windows": ["09:00-12:00"]}
    unclear = me.post("/v1/me/reachable", body)
    assert (unclear.status_code, unclear.json["code"]) == (422, "borrower-needed")
    clear = me.post("/v1/me/reachable", {**body, "borrower": other})
    assert (clear.status_code, clear.json["borrower"]) == (201, other)
    assert me.post("/v1/me/complaints", {"about": "lender", "text": "x"}).json["code"] == "borrower-needed"
    assert {one["borrower"] for one in me.post("/v1/me/hardship").json["holds"]} == {mine.id, other}
    one = me.post("/v1/me/erasure", {"confirm": True, "borrower": other}).json["erasures"]
    assert [erased["borrower"] for erased in one] == [other]
    assert [one["state"] for one in me.get("/v1/me").json["borrowers"]] == ["open", "closed"]


def test_a_consent_can_be_about_one_contact_alone(seasoned: Borrower) -> None:
    me = seasoned.strong()
    body = seasoned.terms(channel=seasoned.channel(), contact=seasoned.ids["contact"])
    consent = me.post("/v1/me/consents", body).json["consent"]
    said = me.get(f"/v1/me/consents/{consent}").json["in_words"]
    assert "您的兄弟姐妹" in said["zh"]
    assert "your brother or sister" in said["en"]


def test_what_a_contact_was_asked_to_agree_to_is_the_contacts_alone(world: World, mine: Borrower) -> None:
    body = {"scope": scope(), "notice": notices.current("contact").shown("zh"),
            "expires_at": stamp(world.clock.now() + 90 * DAY)}
    me = mine.strong()
    consent = me.post(f"/v1/me/contacts/{mine.ids['contact']}/invitation", body).json["consent"]
    for method, path, sent in (("GET", "", None), ("GET", "/receipt", None), ("POST", "/withdrawal", {}),
                               ("POST", "/code", {"code": "123456"})):
        assert me.send(method, f"/v1/me/consents/{consent}{path}", sent).status_code == 404, path


def test_a_passkey_is_removed_by_whose_it_is(seasoned: Borrower, other: Borrower) -> None:
    me, device = seasoned.weak(), Authenticator()
    challenge = me.post("/v1/me/passkeys/options").json["challenge"]
    made = me.post("/v1/me/passkeys", {"attestation": device.create(challenge), "challenge": challenge})
    assert made.status_code == 201, made.text
    path = f"/v1/me/passkeys/{made.json['passkey']}"
    assert other.strong().delete(path).status_code == 404
    assert [one["credential"] for one in me.get("/v1/me/passkeys").json["items"]] == [device.id]
    assert me.delete(path).status_code == 200
    assert me.get("/v1/me/passkeys").json["items"] == []


def test_that_a_contact_answered_reads_as_a_message_that_arrived(world: World, mine: Borrower) -> None:
    lookup, me = look_up(world, mine), mine.strong()
    me.get("/v1/me/lookups")
    with writing(world.bench.store._engine) as connection:
        connection.execute(update(Lookup).where(Lookup.id == lookup).values(
            verdict="permit", opening="allowed", message="answered", answer="never"))
    shown = me.get(f"/v1/me/lookups/{lookup}")
    assert shown.json["message"] == "delivered"
    assert "never" not in shown.text
    assert "answered" not in shown.text
