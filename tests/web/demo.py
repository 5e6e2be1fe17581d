"""The seeded demo world behind the app, in one process: eleven borrowers at the moment it would be served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from registry.demo.seed import Bench, SeedClock, opened
from registry.model.times import parse_stamp
from registry.settings import load
from registry.web.factory import create_app
from registry.web.settings import WebSettings
from tests.seeded import seeded_in
from tests.system.world import copy
from tests.web.world import As

URL = "http://localhost:8000"


@dataclass(slots=True)
class Demo:
    """The app, the parts behind it, and what demo.json says."""

    app: Flask
    bench: Bench
    card: dict[str, Any]

    def using(self, name: str) -> As:
        """Requests with one of the card's tokens."""
        return As(self.app.test_client(), self.card["tokens"][name])

    def person(self, name: str) -> dict[str, Any]:
        """One of the eleven."""
        return next(one for one in self.card["borrowers"] if one["name"] == name)

    def lookup(self, name: str) -> dict[str, Any]:
        """A body for POST /v1/lookups."""
        return {"account": self.person(name)["account"], "about": "contact", "purpose": self.card["purpose"],
                "mode": "number", "agent": self.card["agent"]}


@contextmanager
def make_demo(folder: Path) -> Iterator[Demo]:
    """Serves a copy of the run's seeded world. `folder`: one that pytest made (`mktemp`)."""
    data = copy(seeded_in(folder.parent), folder / "data")
    settings, clock = load(data), SeedClock(0)
    with opened(settings, clock, URL) as bench:
        size = bench.vault.call("status", {})["size"]
        last = bench.vault.call("entry", {"index": size - 1})["entry"]["logged_at"]
        clock.move_to(parse_stamp(last))
        bench.settle()
        web = WebSettings(
            settings.web_url, Path("/nowhere"), Path("/nowhere"), URL, demo=True,
            demo_file=settings.demo_file)
        app = create_app(web, vault=bench.vault, courier=bench.courier, wall=clock.wall)
        yield Demo(app, bench, json.loads(settings.demo_file.read_text("utf-8")))
