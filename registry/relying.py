"""What passkeys of this installation are bound to (WebAuthn level 3, 5.1.4): a name of a host, and its web origin."""

from __future__ import annotations

from urllib.parse import urlsplit

# A browser takes no address for a name; this one is the same machine's.
LOCAL = "localhost"
ADDRESSES = frozenset({"127.0.0.1", "::1"})


def party(public_url: str) -> tuple[str, str]:
    """(rp_id, origin) of an installation that people reach under `public_url`."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if host in ADDRESSES:
        host = LOCAL
    port = "" if parts.port is None else f":{parts.port}"
    return host, f"{parts.scheme}://{host}{port}"
