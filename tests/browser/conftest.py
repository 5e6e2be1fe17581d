"""One served world and one browser for the whole folder, which runs in one worker (see tests/conftest.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.world import Site
from tests.seeded import seeded_world
from tests.system.world import copy, served, until


# For the folder, not the session: while it lives no other test of this worker could run an event loop.
@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo world as `make run` serves it, and chromium."""
    program = chromium.needed()
    data = copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("browser") / "data")
    with served(data) as up, sync_playwright() as playwright:
        # Both take their time to come up, on one core each.
        browser = playwright.chromium.launch(executable_path=program, args=chromium.arguments())
        until(up.ready, "the three processes", 120)
        site = Site(up, browser)
        until(lambda: len(site.printed()) == 4, "the links")
        yield site
        browser.close()
