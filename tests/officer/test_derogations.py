"""A derogation on officers' pages: read as a sentence, signed by two, shown beside the rules it loosens."""

from __future__ import annotations

from registry.model.times import DAY, stamp
from tests.officer.desk import Officer
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
                 "cases in which cn holds", "in force"):
        assert said in other.page, said
    chinese = Officer(world, world.keys.officers[0], language="zh")
    chinese.get("/officer/packs")
    for said in ("对底线的例外", "中国大陆", "生效中"):
        assert said in chinese.page, said
