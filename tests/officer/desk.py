"""An officer at the pages, with a key file; and the same acts as a program would do them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from registry import officer
from tests.portal.visitor import Visitor
from tests.web.demo import Demo
from tests.web.world import World

DRAFT = re.compile(r"/officer/acts/([0-9a-f]{32})\Z")


class Officer(Visitor):
    """Somebody in a browser who signed in as an officer, and holds his key file."""

    def __init__(self, world: World | Demo, key: Path, **options: Any) -> None:
        super().__init__(world.app, **options)
        self.key = key
        subject = officer.load(key).officer
        link = world.bench.vault.call("make-link", {"by": {"role": "web"}, "role": "officer", "subject": subject})
        self.get(f"/sign-in/link/{link['token']}")
        self.send(f"/sign-in/link/{link['token']}")
        assert self.status == 200, self.page

    def drafted(self) -> str:
        """The id of the draft whose page this is."""
        found = DRAFT.search(self.path)
        assert found is not None, (self.path, self.status, self.page)
        return found[1]

    def signature(self, key: Path | None = None) -> str:
        """What `officer sign` prints for the draft of this page, downloaded as the page offers it."""
        file = self.client.get(f"{self.path}/draft.json", headers=self.headers)
        assert file.status_code == 200
        return json.dumps(officer.sign(json.loads(file.text), key or self.key))

    def sign(self, way: str = "now", key: Path | None = None) -> None:
        """Signs the draft of this page with a key file."""
        self.post(self.path, {**self.form_members(), "auth": self.signature(key), "way": way},
                  sec_fetch_site="same-origin")

    def form_members(self) -> dict[str, str]:
        """The hidden members that every form of this page has."""
        return {"form": next(form.members["form"] for form in self.forms() if "form" in form.members)}


def kinds(world: World | Demo, size: int) -> list[str]:
    """Kinds of the entries from a size of the log on."""
    found = world.bench.vault.call("follow", {"after": size, "limit": 500})["entries"]
    return [one["entry"]["kind"] for one in found]


def size(world: World | Demo) -> int:
    return int(world.bench.vault.call("status", {})["size"])
