"""Log lines of every process: one JSON object a line on stderr, so that a collector needs no grammar of ours."""

from __future__ import annotations

import sys

import structlog


def configure_logs() -> None:
    """Called by a process's entry, never on import."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr), cache_logger_on_first_use=False,
    )
