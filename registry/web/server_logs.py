"""The HTTP server's own few words (a worker that ended, a port it lost) as lines like all others."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson


class Line(logging.Formatter):
    """One record as a JSON line. Only the first line of what it says: the rest would be a trace with values."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in the members of `registry.logs`."""
        return orjson.dumps({
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(), "process": "web", "event": "server",
            "says": record.getMessage().partition("\n")[0],
        }).decode()


def server_logs() -> dict[str, Any]:
    """The configuration for granian's loggers. Its access log stays off: it would write paths, and `/r/<token>` is
    a secret."""
    return {
        "formatters": {"line": {"()": Line}},
        "handlers": {"console": {"formatter": "line", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
        "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
    }
