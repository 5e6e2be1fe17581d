"""Headers of every answer. What is personal is never stored by anybody on the way."""

from __future__ import annotations

from flask import Flask, Response

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

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.extend(always)
        headers.add("Content-Security-Policy", PAGE_SOURCES if response.mimetype == "text/html" else NO_SOURCES)
        # Everything may be personal unless it says otherwise.
        if "Cache-Control" not in headers:
            headers.add("Cache-Control", "no-store")
        return response
