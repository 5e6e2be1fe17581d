"""A message that was passed on, and the answers that end it all: after every other test of uses."""

from __future__ import annotations

from registry.texts import forbidden
from tests.contact.mother import Mother, permitted, said
from tests.contact.test_said import nothing_forbidden, shown
from tests.web.demo import Demo


def test_a_message_that_was_passed_on_is_told_as_one(demo: Demo) -> None:
    use = permitted(demo, "unreachable", "message")
    mother = Mother(demo, demo.person("unreachable")["contact_number"], language="en")
    page = said(mother.get(f"/c/uses/{use}").text)
    assert "we passed a message on to you" in page
    assert "They did not get your number" in page
    nothing_forbidden(mother, f"/c/uses/{use}")


def test_the_last_answers_end_it_for_good(demo: Demo, used: Mother, use: str) -> None:
    used.get(f"/c/uses/{use}")
    used.send(f"/c/uses/{use}/answer", answer="never")
    assert forbidden(shown(used.page)) == []
    assert demo.using("collector").get(f"/v1/lookups/{use}").json["answer"] == "cannot", "nobody learns that"
    nothing_forbidden(used, f"/c/uses/{use}")
    assert used.json.get("/v1/c").json["contacts"][0]["objected"] is True
    used.get(f"/c/uses/{use}")
    used.send(f"/c/uses/{use}/answer", answer="not-me")
    assert forbidden(shown(used.page)) == []
    nothing_forbidden(used, f"/c/uses/{use}")
