"""A derogation on officers' pages: read as a sentence, signed by two, shown beside the rules it loosens."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from sqlalchemy import text

from registry.errors import NotFoundError
from registry.model.times import DAY, stamp
from registry.store.database import writing
from tests.officer.desk import Officer
from tests.portal.visitor import by_link
from tests.web.world import World


def test_two_officers_sign_a_derogation_and_the_page_of_rules_shows_it(world: World, desk: Officer) -> None:
    at = world.clock.now()
    drawn = world.officer.post("/v1/derogations?draft=1", {
        "parameter": "borrower.max_dials_7d", "value": "9", "pack": "cn", "effective_from": stamp(at),
        "until": stamp(at + 10 * DAY), "reason": "A pilot."}).json
    page = f"/officer/acts/{drawn['entry']['id']}"
    desk.get(page)
    assert "Loosen the floor: borrower.max_dials_7d is 9" in desk.page
    assert "Two officers sign this" in desk.page
    desk.sign()
    assert (desk.status, "Keep your signature instead" in desk.page) == (422, True)
    desk.sign("keep")
    other = Officer(world, world.keys.officers[1], language="en")
    other.get(page)
    other.sign()
    assert other.path == "/officer/packs"
    for said in ("Derogations from the floor", "The borrower is dialled at most 9 times on seven",
                 "Instead of the floor&#39;s: The borrower is dialled at most 7 times on seven",
                 "cases in which cn holds", "In force", "borrower.max_dials_7d = 9", "A pilot.", "Granted by"):
        assert said in other.page, said
    auditor = by_link(world, "auditor", language="en")
    for said in ("borrower.max_dials_7d = 9", "A pilot.", "Granted by"):
        assert said in auditor.get("/auditor/derogations").text, said
    found = world.auditor.get("/v1/derogations").json["derogations"][-1]
    assert (found["reason"], found["value"], len(found["signers"])) == ("A pilot.", "9", 2)
    chinese = Officer(world, world.keys.officers[0], language="zh")
    chinese.get("/officer/packs")
    for said in ("对底线的例外", "中国大陆", "生效中"):
        assert said in chinese.page, said


def test_a_derogation_that_is_to_come_and_one_that_is_over_stand_under_their_own_headings(
    world: World, desk: Officer,
) -> None:
    at = world.clock.now()
    for days, value in ((1, "10"), (0, "11")):
        body = {"parameter": "borrower.max_dials_7d", "value": value, "lender": world.made["lender"].id,
                "effective_from": stamp(at + days * DAY), "until": stamp(at + (days + 1) * DAY),
                "reason": "As planned."}
        assert world.done("/v1/derogations", body, officers=2).status_code == 201
    page = desk.get("/officer/packs").text
    assert page.index("max_dials_7d = 11") < page.index("<h3>Coming</h3>") < page.index("max_dials_7d = 10")
    world.clock.move_to(at + 3 * DAY)
    page = Officer(world, world.keys.officers[0], language="en").get("/officer/packs").text
    assert page.index("<h3>Past</h3>") < page.index("max_dials_7d = 11")


def test_the_reason_is_opened_for_staff_alone_and_for_no_other_derogation(world: World) -> None:
    vault, at = world.bench.vault, world.clock.now()
    body = {"parameter": "borrower.max_dials_7d", "value": "12", "lender": world.made["lender"].id,
            "effective_from": stamp(at), "until": stamp(at + DAY), "reason": "Theirs alone."}
    ident = world.done("/v1/derogations", body, officers=2).json["derogation"]
    commitment = vault.call("derogations", {"language": "en"})["derogations"][-1]["commitment"]
    blob = base64.b64encode(world.bench.store.notes([commitment])[commitment]).decode("ascii")
    sealed = [{"derogation": ident, "blob": blob}]
    for by in ({"role": "officer", "id": "0" * 32}, {"role": "lender", "id": world.made["lender"].id}):
        with pytest.raises(NotFoundError):
            vault.call("derogations", {"language": "en", "by": by, "sealed": sealed})
    with pytest.raises(NotFoundError):
        vault.call("derogations", {"language": "en", "sealed": sealed})
    staff = {"role": "auditor", "id": world.made["auditor"].id}
    with pytest.raises(NotFoundError):
        vault.call("derogations", {"language": "en", "by": staff, "sealed": [{"derogation": "0" * 32, "blob": blob}]})
    first = vault.call("derogations", {"language": "en"})["derogations"][0]["derogation"]
    sealed = [{"derogation": first, "blob": blob}]
    found = vault.call("derogations", {"language": "en", "by": staff, "sealed": sealed})
    assert [one for one in found["derogations"] if "reason" in one] == []


@pytest.mark.parametrize("damage", [
    pytest.param(lambda blob: blob[1:], id="cut in front"), pytest.param(lambda blob: blob[:3], id="cut behind"),
    pytest.param(lambda _: b"", id="empty"), pytest.param(lambda _: bytes(9_000), id="too long"),
])
def test_a_damaged_reason_leaves_itself_out_and_closes_no_page(
    world: World, desk: Officer, damage: Callable[[bytes], bytes],
) -> None:
    at = world.clock.now()
    body = {"parameter": "borrower.max_dials_7d", "pack": "cn", "effective_from": stamp(at), "until": stamp(at + DAY)}
    for value, reason in (("8", "Soon damaged."), ("10", "Still whole.")):
        asked = {**body, "value": value, "reason": reason}
        assert world.done("/v1/derogations", asked, officers=2).status_code == 201
    *_, damaged, _ = world.bench.vault.call("derogations", {"language": "en"})["derogations"]
    with writing(world.bench.store._engine) as connection:
        it = {"it": damaged["commitment"]}
        blob = connection.execute(text("SELECT blob FROM sealed_notes WHERE commitment = :it"), it).scalar_one()
        connection.execute(text("UPDATE sealed_notes SET blob = :blob WHERE commitment = :it"), {
            **it, "blob": damage(bytes(blob))})
    auditor = by_link(world, "auditor", language="en")
    for page in (desk.get("/officer/packs"), auditor.get("/auditor/derogations")):
        assert (page.status_code, "Soon damaged." in page.text, "Still whole." in page.text) == (200, False, True)
    *_, first, second = world.auditor.get("/v1/derogations").json["derogations"]
    assert ("reason" in first, second["reason"]) == (False, "Still whole.")
