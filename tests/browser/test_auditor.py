"""An auditor's whole story in a real browser; and two people who resolve an address together."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from registry import officer as tool
from tests.browser.test_borrower import checks_proofs
from tests.browser.test_officer import enrols_a_passkey
from tests.browser.visitor import Visitor
from tests.browser.world import Site


@pytest.mark.parametrize(("language", "phone", "javascript"), [("zh", True, False), ("en", False, True)])
def test_an_auditor_searches_checks_and_reports(site: Site, language: str, phone: bool, javascript: bool) -> None:
    with site.visitor(language=language, phone=phone, javascript=javascript) as auditor:
        if javascript:
            auditor.enter(site.printed()["auditor"])
        else:
            site.signed_in(auditor, "auditor", site.auditor())
            auditor.go("/auditor")
        auditor.is_at("auditor.home.title")
        searches(auditor, site)
        auditor.sees("auditor.lookup.agrees")
        if javascript:
            checks_proofs(auditor, "auditor")
        else:
            auditor.sees_without_scripts("auditor.proof.noscript")
        looks_at_figures(auditor)
        auditor.go("/auditor/log")
        auditor.sees("auditor.log.signed")


def searches(auditor: Visitor, site: Site) -> None:
    auditor.press("auditor.nav.lookups")
    auditor.page.locator("summary").first.click()
    auditor.page.locator('select[name="verdict"]').select_option("deny")
    auditor.page.locator('input[name="account"]').fill(site.served.borrower("unreachable")["account"])
    auditor.press("auditor.lookups.go")
    auditor.page.wait_for_url("**verdict=deny**")
    rows = auditor.page.locator("main table tbody tr")
    assert rows.count() >= 1
    assert rows.filter(has_text=auditor.words("auditor.verdict.permit")).count() == 0
    rows.locator("a").last.click()
    auditor.is_at("auditor.lookup.title")


def looks_at_figures(auditor: Visitor) -> None:
    auditor.go("/auditor/figures")
    charts = auditor.page.locator("figure img")
    assert charts.count() >= 2
    broken = "all => all.filter(one => !(one.complete && one.naturalWidth > 0)).length"
    assert charts.evaluate_all(broken) == 0
    with auditor.page.expect_download() as taken:
        auditor.page.locator("a[download][href*='.csv']").first.click()
    rows = list(csv.reader(io.StringIO(Path(taken.value.path()).read_text("utf-8-sig"))))
    assert len(rows) >= 2
    with auditor.page.expect_download() as taken:
        auditor.press("auditor.figures.report")
    with zipfile.ZipFile(taken.value.path()) as report:
        assert {Path(name).suffix for name in report.namelist()} >= {".html", ".csv", ".svg"}


def test_two_people_resolve_an_address_together(site: Site) -> None:
    complaint, number = site.complains("notice-running"), site.served.borrower("notice-running")["contact_number"]
    with site.visitor(language="en", phone=False) as officer, site.visitor(language="zh", phone=True) as second:
        site.signed_in(officer, "officer", site.officer()["id"])
        enrols_a_passkey(site, officer)
        officer.go("/auditor/resolutions")
        officer.page.locator('select[name="complaint"]').select_option(complaint)
        officer.page.locator('input[name="address"]').fill(number)
        officer.page.locator("main form button").last.click()
        officer.press("auditor.sign.now")
        officer.is_told("auditor.said.signed")
        where = officer.path
        site.signed_in(second, "officer", site.officer(1)["id"])
        second.go(where)
        second.press("auditor.resolution.sign")
        signs_a_resolution(second, site.officer(1)["key"])
        second.page.locator("main form button").last.click()
        second.is_told("auditor.said.resolved")
        assert site.served.borrower("notice-running")["contact"] in second.page.content()
        assert number.removeprefix("+86") not in second.page.content()


def signs_a_resolution(officer: Visitor, key: str) -> None:
    import json

    with officer.page.expect_download() as taken:
        officer.page.locator("a[download]").click()
    draft = json.loads(Path(taken.value.path()).read_text("utf-8"))
    officer.type("auditor.sign.auth", json.dumps(tool.sign(draft, Path(key))))
    officer.press("auditor.sign.now")
    officer.is_told("auditor.said.signed")
