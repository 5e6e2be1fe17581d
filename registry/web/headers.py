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
    """Puts the headers on every answer that has not chosen its own."""
    always = {**ALWAYS, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        page = response.mimetype == "text/html"
        response.headers.setdefault("Content-Security-Policy", PAGE_SOURCES if page else NO_SOURCES)
        # Everything may be personal unless it says otherwise.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
