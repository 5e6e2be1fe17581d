"""TLS to a carrier: certificates and host names are always verified."""

from __future__ import annotations

import ssl

from registry.courier.delivery_settings import Server


def context_of(server: Server) -> ssl.SSLContext:
    """TLS 1.2 or newer, against the system's authorities or the one that is named. Raises OSError."""
    context = ssl.create_default_context(cafile=None if server.ca_file is None else str(server.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
