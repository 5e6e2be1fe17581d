"""Somebody at a page: presses, types and reads by the keys of the words, in the language of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Download, Locator, Page, Request, expect

from registry.texts import pages

if TYPE_CHECKING:
    from tests.browser.world import Site

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}
POLICY = re.compile(r"content security policy|refused to|violates", re.IGNORECASE)


@dataclass(slots=True)
class Watch:
    """Notes what no page may do: fail in a script, break its own policy, or ask anybody but its server."""

    url: str
    wrong: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        # Not the methods themselves: playwright keeps something on their object, which has no room for it.
        context.on("request", lambda request: self._asked(request))  # noqa: PLW0108
        context.on("console", lambda message: self._said(message))  # noqa: PLW0108
        context.on("weberror", lambda error: self.wrong.append(f"script: {error.error}"))

    def check(self) -> None:
        """Raises AssertionError for the first of it."""
        assert self.wrong == []

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.wrong.append(f"asked {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # An answer of 4xx to a form is an error line of the console too; a broken policy or script is another.
        if POLICY.search(message.text) or (message.type == "error" and "Failed to load resource" not in message.text):
            self.wrong.append(f"console: {message.text}")


@dataclass(slots=True)
class Visitor:
    """One browser of one person."""

    site: Site
    context: BrowserContext
    page: Page
    language: str
    _keys: CDPSession | None = None

    def words(self, key: str, **params: object) -> str:
        """What the pages say for a key, in this person's language."""
        return pages.text(key, self.language, params)

    def speaks(self, language: str) -> None:
        """From the next page on."""
        self.language = language
        self.context.add_cookies([{"name": "lang", "value": language, "url": self.site.url}])

    def go(self, path: str) -> None:
        """Opens an address of the server."""
        self.page.goto(path if path.startswith("http") else self.site.url + path)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def button(self, key: str, **params: object) -> Locator:
        """Whatever can be pressed and says that: a button or a link."""
        words = self.words(key, **params)
        link = self.page.get_by_role("link", name=words, exact=True)
        return self.page.get_by_role("button", name=words, exact=True).or_(link)

    def press(self, key: str, *, place: int = 0, **params: object) -> None:
        """Presses it, and waits for the whole of the page that follows."""
        self.button(key, **params).nth(place).click()
        self.page.wait_for_load_state()

    def type(self, key: str, value: str) -> None:
        """Fills in the field with that label."""
        self.page.get_by_label(self.words(key), exact=True).fill(value)

    def tick(self, name: str, value: str) -> None:
        """Ticks the box, or chooses the answer, of that value."""
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def sees_without_scripts(self, key: str) -> None:
        """What is said to a browser that runs no scripts; to others it is hidden."""
        expect(self.page.locator("noscript p", has_text=self.words(key)).first).to_be_visible()

    def sees(self, key: str, **params: object) -> None:
        """The page says it, where it can be seen."""
        expect(self.page.get_by_text(self.words(key, **params)).locator("visible=true").first).to_be_visible()

    def is_at(self, key: str, **params: object) -> None:
        """The heading of the page."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.words(key, **params))

    def is_told(self, key: str, **params: object) -> None:
        """What was done is said above the page."""
        expect(self.page.locator('[role="status"]').first).to_have_text(self.words(key, **params))

    def takes(self, key: str, *, place: int = 0) -> Download:
        """The file behind a link."""
        with self.page.expect_download() as taken:
            self.press(key, place=place)
        return taken.value

    def text(self) -> str:
        """All that can be read on the page."""
        return self.page.locator("body").inner_text()

    def enter(self, link: str) -> None:
        """Opens a one-time link and presses its button."""
        self.go(link)
        self.press("sign-in.link.open")

    def ask_code(self, role: str, address: str) -> None:
        """On the sign-in page."""
        self.go(f"/sign-in?role={role}")
        self.type("sign-in.address", address)
        self.press("sign-in.send-code")

    def enter_code(self, code: str) -> None:
        """On the page for it."""
        self.type("sign-in.code", code)
        self.press("sign-in.open")

    def carries_passkeys(self) -> CDPSession:
        """Gives this browser an authenticator that asks nobody for a finger."""
        if self._keys is None:
            self._keys = self.context.new_cdp_session(self.page)
            self._keys.send("WebAuthn.enable")
            self._keys.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return self._keys

    def cookie(self, name: str = "consentry") -> dict[str, Any] | None:
        """One cookie as the browser keeps it."""
        return next((dict(one) for one in self.context.cookies() if one["name"] == name), None)
