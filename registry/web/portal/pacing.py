"""Answers that take a whole number of steps, so that how long one took tells nothing about whom it was about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, current_app

EXTENSION = "consentry-pace"
# Seconds; many times what the vault needs, also for somebody with a long history.
STEP = 0.25


@dataclass(frozen=True, slots=True)
class Pace:
    """A clock that never goes back, in seconds, and how to wait."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


def install(app: Flask, pace: Pace) -> None:
    """Gives the app its pace."""
    app.extensions[EXTENSION] = pace


@contextmanager
def steady() -> Iterator[None]:
    """What is done inside ends at the next full step, also where it raises."""
    pace: Pace = current_app.extensions[EXTENSION]
    began = pace.now()
    try:
        yield
    finally:
        pace.sleep(-(pace.now() - began) % STEP)
