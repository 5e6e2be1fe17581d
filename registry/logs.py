"""Log lines of every process: one JSON object a line on stderr, so that a collector needs no grammar of ours.

No line holds a personal value, a token, a path or the words of an unforeseen error: only its type and where it was.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO, cast

import orjson
import structlog

from registry.errors import ConsentryError
from registry.frames import Request
from registry.lines import Lines

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
LEVEL = "CONSENTRY_LOG_LEVEL"
MOST_FRAMES = 8
# The id of the request that is being served, in each line that is said meanwhile.
REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
FRAME_ID = re.compile(r"[0-9a-f]{4,16}\.[0-9]{1,4}|[0-9]{1,9}", re.ASCII)


def configure_logs(process: str | None = None, level: str = "info") -> None:
    """Called by a process's entry, never on import. `process` stands in each line; lower levels are left out."""
    bound = {} if process is None else {"process": process}

    # Its warnings name the address that was asked, and where nobody handles them the interpreter prints them.
    logging.getLogger("urllib3").setLevel(logging.ERROR)

    def line(_logger: Any, method: str, said: structlog.typing.EventDict) -> str:
        # A person reads from the left: when, how bad, who, what, of which request; then the rest.
        first = {
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "level": method, **bound,
            "event": said["event"],
        }
        request = REQUEST.get()
        found = {**first, **said, **first} if request is None else {**first, "request": request, **said, **first}
        return orjson.dumps(found, default=str).decode()

    structlog.configure(
        processors=[line],  # one, not the five that the library has for it: every request says a line
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, Lines(sys.stderr))), cache_logger_on_first_use=False,
    )


def level_of(environment: Mapping[str, str]) -> str:
    """`CONSENTRY_LOG_LEVEL`, usually info. Raises ConsentryError for a word that is no level."""
    level = environment.get(LEVEL, "info")
    if level not in LEVELS:
        raise ConsentryError(f"{LEVEL} is one of {' '.join(LEVELS)}", code="settings")
    return level


def hide_traces() -> None:
    """Has what nobody caught logged like anything else: an interpreter's own trace would show values."""

    def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            unexpected("process", error)

    def of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            unexpected("thread", args.exc_value)

    sys.excepthook = of_process
    threading.excepthook = of_thread


def unexpected(where: str, error: BaseException | None, **more: str) -> None:
    """Logs of what kind an error is and where it happened; never its words, which may hold a value."""
    trace = None if error is None else error.__traceback__
    frames = [f"{frame.name} {frame.filename.rpartition('/')[2]}:{frame.lineno}"
              for frame in traceback.extract_tb(trace)]
    structlog.get_logger(where).error("unexpected", error=type(error).__name__, frames=frames[-MOST_FRAMES:], **more)


def answered(process: str, requests: Sequence[Request], outcomes: Sequence[dict[str, Any] | ConsentryError]) -> None:
    """A line for each request of a frame that was refused, at level debug for the others too.

    `request` is the frame's id: that of the web tier's request, a dot, and which of its calls it was.
    """
    logger = structlog.get_logger(process)
    for request, outcome in zip(requests, outcomes, strict=True):
        if isinstance(outcome, ConsentryError):
            # What names no op of ours is whatever a peer sent: never into a line.
            op = "unknown" if outcome.code == "op-unknown" else request.op
            logger.info("refused", request=_ours(request.id), op=op, code=outcome.code)
        else:
            logger.debug("answered", request=_ours(request.id), op=request.op)


def _ours(ident: str | int) -> str:
    """A frame's id as our own processes make it; a peer may send anything, and it must not reach a line."""
    return str(ident) if FRAME_ID.fullmatch(str(ident)) else "unknown"


def frame_id(number: int) -> str | int:
    """The id of a frame sent while a request is served, so that the other process's lines can be found by it."""
    request = REQUEST.get()
    return number if request is None else f"{request}.{number}"
