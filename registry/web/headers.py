"""Headers of every answer. What is personal is never stored by anybody on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from registry.web.bodies_first import Environ, Start, Wsgi
from registry.web.pages import STYLE_SOURCE

# JSON needs no sources at all; pages add only our own style sheet.
NO_SOURCES = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_SOURCES = (
    f"default-src 'none'; style-src {STYLE_SOURCE}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def install(app: Flask, *, https: bool) -> None:
    """Puts the headers on every answer; only Cache-Control is a view's own to choose."""
    always = [*ALWAYS.items(), *([("Strict-Transport-Security", "max-age=31536000")] if https else [])]
    inner: Wsgi = app.wsgi_app

    def with_headers(environ: Environ, start_response: Start) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            own = {name.lower(): value for name, value in headers}
            page = own.get("content-type", "").startswith("text/html")
            if "content-security-policy" in own:  # a page of the portal: style and scripts of its own
                headers = [*headers, *(one for one in always if one[0].lower() not in own)]
            else:
                headers = [*headers, *always, ("Content-Security-Policy", PAGE_SOURCES if page else NO_SOURCES)]
            # Everything may be personal unless it says otherwise.
            if "cache-control" not in own:
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers, *more)

        return inner(environ, start)

    app.wsgi_app = with_headers  # type: ignore[method-assign]
