"""The borrower's pages: each in both languages, with what a code may not see left out, and everything they do."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from sqlalchemy import update

from registry.store.database import writing
from registry.store.mirrors import Party
from registry.texts import notices, reasons
from registry.usecases.me import allowed
from tests.authenticator import Authenticator
from tests.me.borrowers import Borrower
from tests.me.test_me_json import asked, given, look_up
from tests.portal.visitor import Visitor
from tests.web.watching import statements
from tests.web.world import World

PAGES = ("/me", "/me/contacts", "/me/consents", "/me/consents/new", "/me/lookups", "/me/reach", "/me/hardship",
         "/me/complaints", "/me/complaints/new", "/me/data", "/me/erase")
# Nothing is left to say or to allow after an erasure.
OF_THE_LIVING = ("/me/consents/new", "/me/reach", "/me/hardship", "/me/erase")
STRONG = ("/me/lookups", "/me/export.json", "/me/export.html")
MOST_QUERIES = 5
MOST_BYTES = 100_000
# An attribute that runs something, a style or a script of the page's own.
INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
NASTY = '<img src=x onerror="alert(1)">&{{7*7}}'
SHOWN = "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;&amp;{{7*7}}"


@pytest.fixture(scope="module")
def lived(world: World, lived_in: Borrower) -> Borrower:
    """Somebody to whom everything has happened that a page can show."""
    me = lived_in.strong()
    given(lived_in, me)
    look_up(world, lived_in)
    look_up(world, lived_in, about="borrower", purpose="contact-borrower")
    me.post("/v1/me/complaints", {"about": "lender", "text": "x"})
    me.post("/v1/me/reachable", {"channel": lived_in.channel(), "windows": ["09:00-12:00"]})
    me.post("/v1/me/hardship")
    return lived_in


def every_page(lived: Borrower, visitor: Visitor) -> Iterator[str]:
    """Paths of all pages, those of single things too."""
    yield from PAGES
    yield f"/me/contacts/{lived.ids['contact']}/invitation"
    for lookup in dict.fromkeys(re.findall(r"/me/lookups/[0-9a-f]{32}", visitor.get("/me/lookups").text)):
        yield lookup
        yield f"/me/complaints/new?lookup={lookup.rpartition('/')[2]}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_shows_small_and_with_nothing_inline(lived: Borrower, language: str) -> None:
    visitor = lived.pages(language)
    paths = list(every_page(lived, visitor))
    assert len(paths) > 14
    for path in paths:
        visitor.get(path)
        assert (path, visitor.status) == (path, 200)
        assert len(visitor.answer.data) < MOST_BYTES
        assert not INLINE.search(visitor.page), path
        assert visitor.answer.headers["Cache-Control"] == "no-store"
        assert visitor.page.count("<h1>") == 1, path
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in visitor.page
        for number in (lived.person.number, lived.person.contact_number, lived.person.email):
            assert number not in visitor.page, path


def test_no_page_asks_the_database_more_than_five_times(world: World, lived: Borrower) -> None:
    world.settle()
    visitor = lived.pages()
    for path in every_page(lived, visitor):
        visitor.get(path)  # what was still to be projected is so now
        with statements(world.bench.store._engine) as seen:
            visitor.get(path)
        assert len(seen) <= MOST_QUERIES, (path, seen)


def test_a_title_names_nobody(lived: Borrower) -> None:
    visitor = lived.pages()
    for path in every_page(lived, visitor):
        title = re.findall(r"<title>(.*?)</title>", visitor.get(path).text)[0]
        assert "示例" not in title, path


@pytest.mark.parametrize("path", STRONG)
def test_a_code_opens_no_page_of_what_was(mine: Borrower, path: str) -> None:
    visitor = mine.weak_pages()
    visitor.get(path)
    assert visitor.status == 403
    assert "通行密钥" in visitor.page


def test_a_code_shows_the_rest_without_digits(mine: Borrower) -> None:
    visitor = mine.weak_pages()
    for path in PAGES:
        if path not in STRONG:
            assert visitor.get(path).status_code == 200, path
            assert f"•• {mine.person.number[-2:]}" not in visitor.page
    assert "最后两位" not in visitor.get("/me/contacts").text


@pytest.mark.parametrize("path", [*PAGES, "/me/export.json"])
def test_nobody_gets_a_page_without_signing_in(world: World, path: str) -> None:
    visitor = Visitor(world.app)
    visitor.get(path)
    assert visitor.path.startswith("/sign-in")


def test_a_consent_is_given_and_withdrawn_on_pages(seasoned: Borrower) -> None:
    visitor = seasoned.pages()
    visitor.get("/me/consents/new")
    text = notices.current("borrower")
    assert all(paragraph in visitor.page for paragraph in text.paragraphs("zh"))
    assert text.sha256("zh") in visitor.page
    assert " checked" not in visitor.page, "nothing is ticked beforehand"
    assert seasoned.channel() in visitor.page
    visitor.send("/me/consents/new", grantee="entrusted", purposes=["restore-contact", "relay-message"],
                 modes=["message"], way="code", channel=seasoned.channel())
    assert visitor.path.endswith("/code"), visitor.page
    visitor.send(visitor.path, code="000000")
    assert (visitor.status, "000000" in visitor.page) == (422, False)
    visitor.send(visitor.path, code=" ".join(seasoned.consent_code()))
    assert visitor.path == "/me/consents"
    assert "方式是转发一条消息，最多 1 次" in visitor.page
    receipt = re.findall(r'href="(/me/consents/[0-9a-f]{32}/receipt)"', visitor.page)[0]
    answer = visitor.client.get(receipt)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.text.count(".") == 2
    visitor.get("/me/consents")
    visitor.send(receipt.replace("receipt", "withdrawal"))
    assert "已撤回" in visitor.page
    assert seasoned.strong().get("/v1/me/consents").json["items"][0]["state"] == "withdrawn"


@pytest.mark.parametrize(("left_out", "says"), [
    ("grantee", "请选择一项"), ("purposes", "请至少选择一项"), ("modes", "请至少选择一项"), ("channel", "请选择一项"),
])
def test_a_form_that_lacks_something_comes_back_with_what_was_chosen(
    seasoned: Borrower, left_out: str, says: str
) -> None:
    visitor = seasoned.pages()
    visitor.get("/me/consents/new")
    typed = {"grantee": "lender", "purposes": ["relay-message"], "modes": ["message"], "channel": seasoned.channel(),
             "uses": "3", "way": "code"}
    visitor.send("/me/consents/new", **{name: value for name, value in typed.items() if name != left_out})
    assert visitor.status == 422
    assert says in visitor.page
    assert visitor.page.count(" checked") == 3
    assert '<option value="3" selected>' in visitor.page


def test_no_channel_is_offered_that_a_code_would_not_go_to(mine: Borrower) -> None:
    young = mine.pages().get("/me/consents/new").text
    assert 'name="channel"' not in young, "everything of hers was registered today"
    assert "现在不能用代码确认" in young


def test_nothing_that_the_rules_forbid_where_i_live_is_offered(mine: Borrower) -> None:
    visitor = mine.pages()
    visitor.get("/me/consents/new")
    assert set(re.findall(r'name="purposes" value="([a-z-]+)"', visitor.page)) == {
        "restore-contact", "relay-message", "obtain-contact-details"}


def test_a_consent_is_signed_with_a_passkey_that_was_added_here(world: World, seasoned: Borrower) -> None:
    visitor, device = seasoned.weak_pages(), Authenticator()
    visitor.get("/me/data")
    form = visitor.form("/me/passkeys")
    visitor.send("/me/passkeys", attestation=json.dumps(device.create(form.members["challenge"])))
    assert (visitor.status, visitor.path) == (200, "/me/data"), visitor.page
    assert "通行密钥已添加" in visitor.page
    visitor.get("/me/consents/new")
    visitor.send("/me/consents/new", grantee="lender", purposes=["restore-contact"], modes=["message"], way="passkey")
    challenge = re.findall(r'data-challenge="([A-Za-z0-9_-]+)"', visitor.page)[0]
    assert device.id in visitor.page
    visitor.send("/me/consents/passkey", assertion=json.dumps(device.get(challenge)))
    assert "已记录您的同意" in visitor.page, visitor.page
    assert [one["assurance"] for one in seasoned.strong().get("/v1/me/consents").json["items"]] == ["passkey"]
    removal = re.findall(r'action="(/me/passkeys/[0-9a-f]{32}/removal)"', visitor.get("/me/data").text)[0]
    assert f"通行密钥 {removal.split('/')[3][:4]}，" in visitor.page, "two of one day are told apart"
    visitor.send(removal)
    assert "还没有通行密钥" in visitor.page


def test_a_passkeys_answer_to_something_else_gives_nothing(seasoned: Borrower) -> None:
    visitor, device = seasoned.weak_pages(), Authenticator()
    visitor.get("/me/data")
    visitor.send("/me/passkeys", attestation="{}")
    assert visitor.status == 422
    visitor.send("/me/passkeys", attestation=json.dumps(
        device.create(visitor.form("/me/passkeys").members["challenge"])))
    visitor.get("/me/consents/new")
    visitor.send("/me/consents/new", grantee="lender", purposes=["restore-contact"], modes=["message"], way="passkey")
    other = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    visitor.send("/me/consents/passkey", assertion=json.dumps(device.get(other)))
    assert visitor.status == 422
    assert seasoned.strong().get("/v1/me/consents").json["items"] == []


def test_a_link_of_the_lenders_adds_no_passkey(mine: Borrower) -> None:
    visitor = mine.pages()
    assert "/me/passkeys" not in visitor.get("/me/data").text


def test_an_invitation_is_shown_once_as_link_and_picture(world: World, mine: Borrower) -> None:
    visitor, path = mine.pages(), f"/me/contacts/{mine.ids['contact']}/invitation"
    visitor.get(path)
    assert all(paragraph in visitor.page for paragraph in notices.current("contact").paragraphs("zh"))
    visitor.send(path, grantee="entrusted", purposes=["restore-contact"], modes=["message"])
    assert visitor.status == 201
    link = re.findall(r"http://localhost:8000/c/i/[A-Za-z0-9_-]+", visitor.page)[0]
    picture = re.findall(r'src="(data:image/svg\+xml[^"]*)"', visitor.page)[0]
    assert unquote(picture).startswith("data:image/svg+xml")
    assert link not in visitor.get("/me/contacts").text


def test_a_lookup_says_who_what_and_why_not_and_carries_its_proof(world: World, mine: Borrower) -> None:
    lookup = look_up(world, mine)
    visitor = mine.pages("en")
    visitor.get(f"/me/lookups/{lookup}")
    assert "示例催收一部, employee agent-17" in visitor.page
    assert reasons.plain("borrower-consent-absent", "en") in visitor.page
    assert reasons.plain("contact-side", "en").replace("'", "&#39;") in visitor.page
    entry = world.bench.vault.call("entry", {"id": lookup})
    assert entry["proof"].partition("\n\n")[0] in visitor.page
    for secret in ("contact-consent", "contact-not-informed", entry["entry"]["body"]["line"]):
        assert secret not in visitor.page
    assert re.search(r'<script src="/assets/proof\.js\?v=[0-9a-f]+" type="module"></script>', visitor.page)


def test_lookups_are_newest_first_and_go_on_at_the_earlier_ones(world: World, mine: Borrower) -> None:
    made = [look_up(world, mine) for _ in range(3)] + [look_up(world, mine) for _ in range(19)]
    visitor = mine.pages()
    shown = re.findall(r"/me/lookups/([0-9a-f]{32})", visitor.get("/me/lookups").text)
    assert shown == made[:1:-1]
    older = re.findall(r'href="(/me/lookups\?cursor=[^"]+)"', visitor.page)[0]
    assert re.findall(r"/me/lookups/([0-9a-f]{32})", visitor.get(older).text) == made[1::-1]
    assert visitor.get("/me/lookups?cursor=nonsense").status_code == 422


def test_reaching_me_is_chosen_and_told(world: World, mine: Borrower) -> None:
    visitor = mine.pages()
    visitor.get("/me/reach")
    visitor.send("/me/reach", channel=mine.channel("voice"), windows=["evening", "morning"], language="en")
    assert "09:00–12:00、18:00–20:00" in visitor.page
    answer = asked(world, mine)
    assert (answer["state"], answer["next"]["channel"]) == ("callback", mine.channel("voice"))


@pytest.mark.parametrize(("typed", "says"), [
    ({"channel": "new", "address": "", "windows": ["morning"]}, "这不像电话号码"),
    ({"channel": "new", "address": "abc", "windows": ["morning"]}, "这不像电话号码"),
    ({"channel": "new", "address": "+86100000012"}, "请至少选择一项"),
    ({"windows": ["morning"]}, "请选择一项"), ({"channel": "x", "windows": ["morning"]}, "请选择一项"),
])
def test_a_way_to_reach_me_that_nobody_could_follow_comes_back(
    mine: Borrower, typed: dict[str, str], says: str
) -> None:
    visitor = mine.pages()
    visitor.get("/me/reach")
    visitor.send("/me/reach", **typed)
    assert visitor.status == 422
    assert says in visitor.page


def test_i_cannot_pay_takes_one_press(world: World, mine: Borrower) -> None:
    visitor = mine.weak_pages()
    visitor.get("/me/hardship")
    visitor.send("/me/hardship")
    assert visitor.page.count("已暂停") == 2
    assert "<form method=\"post\" action=\"/me/hardship\"" not in visitor.get("/me/hardship").text
    assert asked(world, mine)["state"] == "paused"


def test_a_complaint_is_filed_about_whoever_is_chosen_and_never_shown_again(world: World, mine: Borrower) -> None:
    visitor, agency = mine.pages(), world.made["agency"].id
    visitor.get("/me/complaints/new")
    visitor.send("/me/complaints/new", about=f"agency:{mine.id}:{agency}", text=NASTY)
    assert "关于 示例催收一部" in visitor.page
    assert "之前必须答复您" in visitor.page
    assert "onerror" not in visitor.page
    lookup = look_up(world, mine)
    visitor.get(f"/me/complaints/new?lookup={lookup}")
    visitor.send("/me/complaints/new", text="x")
    filed = mine.strong().get("/v1/me/complaints").json["items"]
    assert [(one["about"], one.get("lookup"), one["agency"]) for one in filed] == [
        ("agency", None, agency), ("lookup", lookup, agency)]


def test_a_form_sent_twice_is_one_complaint_and_with_other_words_it_asks_first(mine: Borrower) -> None:
    visitor = mine.pages()
    visitor.get("/me/complaints/new")
    members = {**visitor.form("/me/complaints/new").members, "about": f"lender:{mine.id}", "text": "invented words"}
    for _ in range(2):
        visitor.post("/me/complaints/new", members, sec_fetch_site="same-origin")
        assert visitor.path == "/me/complaints"
    assert len(mine.strong().get("/v1/me/complaints").json["items"]) == 1
    visitor.post("/me/complaints/new", {**members, "text": "other words"}, sec_fetch_site="same-origin")
    assert visitor.status == 422
    assert "这份投诉已经发出" in visitor.page
    visitor.send("/me/complaints/new", about=f"lender:{mine.id}", text="other words")
    assert len(mine.strong().get("/v1/me/complaints").json["items"]) == 2


@pytest.mark.parametrize("text", ["", "x" * 1001, " \n "])
def test_a_complaint_that_is_refused_comes_back_with_its_words_as_text(mine: Borrower, text: str) -> None:
    visitor = mine.pages()
    visitor.get("/me/complaints/new")
    visitor.send("/me/complaints/new", about=f"lender:{mine.id}", text=NASTY * bool(text.strip()) + text)
    assert visitor.status == 422
    assert "请写下发生了什么" in visitor.page
    assert NASTY not in visitor.page
    assert (SHOWN in visitor.page) == bool(text.strip())


def test_names_of_institutions_are_text_wherever_they_stand(world: World, lived: Borrower) -> None:
    parties = [world.made[name].id for name in ("lender", "agency")]
    before = {one["id"]: one["name"] for one in world.bench.store.records("parties", {"id": tuple(parties)})}
    engine = world.bench.store._engine

    def rename(names: dict[str, str]) -> None:
        with writing(engine) as connection:
            for party, name in names.items():
                connection.execute(update(Party).where(Party.id == party).values(name=name))

    rename(dict.fromkeys(parties, NASTY))
    try:
        visitor, seen = lived.pages(), 0
        for path in [*every_page(lived, visitor), "/me/export.html"]:
            page = visitor.get(path).text
            assert NASTY not in page, path
            seen += SHOWN in page
    finally:
        rename(before)
    assert seen > 6


def test_everything_can_be_taken_along_to_read_or_for_a_program(lived: Borrower) -> None:
    visitor = lived.pages()
    for name in ("json", "html"):
        answer = visitor.get(f"/me/export.{name}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="my-data.{name}"'
        assert answer.headers["Cache-Control"] == "no-store"
        for number in (lived.person.number, lived.person.contact_number):
            assert number not in answer.text
    assert set(json.loads(visitor.get("/me/export.json").text)) >= {
        "borrowers", "contacts", "consents", "lookups", "complaints", "sign_ins", "passkeys", "channels"}


def test_erasing_asks_once_more(mine: Borrower) -> None:
    visitor = mine.pages()
    visitor.get("/me/erase")
    visitor.send("/me/erase")
    assert (visitor.status, "请先勾选" in visitor.page) == (422, True)
    visitor.send("/me/erase", confirm="yes")
    assert "正在删除" in visitor.page
    assert ("/me/complaints/new" in visitor.page, 'href="/me/hardship"' in visitor.page) == (True, False)
    for path in PAGES:
        assert visitor.get(path).status_code == 200, path
    for path in OF_THE_LIVING:
        assert "正在删除" in visitor.get(path).text, path


def test_nobody_who_was_erased_is_told_that_others_will_call(mine: Borrower) -> None:
    me = mine.strong()
    me.post("/v1/me/erasure", {"confirm": True})
    for way in ({"channel": mine.channel()}, {"new_channel": {"medium": "voice", "value": "+8613800138000"}}):
        refused = me.post("/v1/me/reachable", {**way, "windows": ["09:00-12:00"]})
        assert (refused.status_code, refused.json["code"]) == (409, "erased")


def test_another_borrowers_things_have_no_page(world: World, lived: Borrower, other: Borrower) -> None:
    theirs = lived.strong()
    consent = theirs.get("/v1/me/consents").json["items"][0]["consent"]
    lookup = theirs.get("/v1/me/lookups").json["items"][0]["lookup"]
    visitor = other.pages()
    for path in (f"/me/lookups/{lookup}", f"/me/complaints/new?lookup={lookup}", f"/me/consents/{consent}/code",
                 f"/me/consents/{consent}/receipt", f"/me/contacts/{lived.ids['contact']}/invitation"):
        assert visitor.get(path).status_code == 404, path
    visitor.get("/me/consents")
    form = re.findall(r'name="form" value="(\w+)"', visitor.page)[0]
    for path in (f"/me/consents/{consent}/withdrawal", f"/me/passkeys/{consent}/removal"):
        assert visitor.post(path, {"form": form}, sec_fetch_site="same-origin").status_code == 404, path
    for path, typed in (("/me/hardship", {"borrower": lived.id}),
                        ("/me/erase", {"borrower": lived.id, "confirm": "yes"})):
        assert visitor.post(path, {"form": form, **typed}, sec_fetch_site="same-origin").status_code == 404, path


def test_pages_of_somebody_with_two_files_ask_which_is_meant(world: World, mine: Borrower) -> None:
    second = world.borrower()
    for channel in second["channels"]:
        channel["value"] = mine.person.number
    other = world.lender.post("/v1/borrowers", second).json["borrower"]
    visitor = mine.weak_pages()
    for path in ("/me/consents/new", "/me/reach", "/me/hardship", "/me/erase"):
        assert f'name="borrower" value="{other}"' in visitor.get(path).text, path
    for path in PAGES:
        with statements(world.bench.store._engine) as seen:
            visitor.get(path)
        assert len(seen) <= MOST_QUERIES, (path, seen)
    visitor.get("/me/hardship")
    visitor.send("/me/hardship", borrower=other)
    held = {one["borrower"]: one["holds"] for one in mine.weak().get("/v1/me").json["borrowers"]}
    assert held == {mine.id: [], other: ["vulnerability"]}


def test_of_several_contacts_one_can_be_chosen(world: World, seasoned: Borrower) -> None:
    body = world.contact(relation="friend", rank=2)
    friend = world.lender.post(f"/v1/borrowers/{seasoned.id}/contacts", body).json["contact"]
    visitor = seasoned.pages()
    visitor.get("/me/consents/new")
    visitor.send("/me/consents/new", grantee="lender", purposes=["restore-contact"], modes=["message"], way="code",
                 channel=seasoned.channel(), contact=friend)
    assert "可以请您的朋友帮忙" in visitor.page


def test_where_nothing_may_be_agreed_to_the_page_says_so(mine: Borrower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "anywhere", lambda *_: {"purposes": set(), "modes": set()})
    visitor = mine.pages()
    for path in ("/me/consents/new", f"/me/contacts/{mine.ids['contact']}/invitation"):
        assert "没有可以同意的事" in visitor.get(path).text
        assert all(form.action == "/sign-out" for form in visitor.forms())
