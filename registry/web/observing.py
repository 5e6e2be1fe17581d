"""Metrics and logs. Neither holds a personal value: no path (it may hold a link's token), no query, no body, no id.

With several workers each keeps its numbers in files of `PROMETHEUS_MULTIPROC_DIR` (prometheus_client's own way), and
whichever answers a scrape adds them up. Label sets are closed: endpoints, methods, codes, ops, states.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from registry.errors import ConsentryError, UnavailableError
from registry.logs import REQUEST
from registry.usecases.ports import Caller
from registry.web.context import MAY_DIAL, VERDICT
from registry.web.shared import SHARED

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# CONTRACT section 1; a permit has none.
STATES = frozenset({
    "", "unavailable", "fix-request", "paused", "stopped", "callback", "not-eligible", "waiting", "trying",
    "notice-needed", "notice-running", "approval-needed",
})


class Meters:
    """What one process counts; a registry of its own, so that two apps do not share it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "consentry_web_requests_total", "Requests by endpoint, method, status and problem code.",
            ["endpoint", "method", "status", "problem"], registry=self.registry)
        self.seconds = Histogram(
            "consentry_web_request_seconds", "Seconds per request by endpoint.", ["endpoint"], registry=self.registry,
            buckets=SECONDS)
        self.lookups = Counter(
            "consentry_lookups_total", "Answered lookups by verdict and state.", ["verdict", "state"],
            registry=self.registry)
        self.dial_checks = Counter(
            "consentry_dial_checks_total", "Answered dial checks by answer and state.", ["may_dial", "state"],
            registry=self.registry)
        self.calls = Histogram(
            "consentry_vault_seconds", "Seconds per round trip to the vault by op and outcome.", ["op", "outcome"],
            registry=self.registry, buckets=SECONDS)
        # Looking a child up by its labels costs more than counting.
        self._children: dict[tuple[str, str, str, str], tuple[Counter, Histogram]] = {}
        self._ops: dict[tuple[str, str], Histogram] = {}
        self._verdicts: dict[tuple[str, str], Counter] = {}

    def count(self, labels: tuple[str, str, str, str], seconds: float) -> None:
        """One request: endpoint, method, status and problem code, and how long it took."""
        found = self._children.get(labels)
        if found is None:
            found = self.requests.labels(*labels), self.seconds.labels(labels[0])
            self._children[labels] = found
        found[0].inc()
        found[1].observe(seconds)

    def judged(self, verdict: str, state: str) -> None:
        """One answered lookup; of a permit `state` is empty."""
        found = self._verdicts.get((verdict, state))
        if found is None:
            found = self.lookups.labels(verdict, state if state in STATES else "(other)")
            if state in STATES:
                self._verdicts[verdict, state] = found
        found.inc()

    def called(self, op: str, outcome: str, seconds: float) -> None:
        """One round trip to the vault: `ok`, `refused` or `unavailable`."""
        found = self._ops.get((op, outcome))
        if found is None:
            found = self._ops[op, outcome] = self.calls.labels(op, outcome)
        found.observe(seconds)

    def exposition(self, state: Collector) -> Response:
        """Everything in Prometheus' text format: of all workers where they share a folder; `state` is asked now."""
        registry = self.registry
        if SHARED in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        now = CollectorRegistry()
        now.register(state)
        return Response(generate_latest(registry) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


class Metered:
    """A Caller whose round trips are counted."""

    def __init__(self, inner: Caller, called: Callable[[str, str, float], None]) -> None:
        self._inner = inner
        self._called = called

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        """The inner op's result. Raises what it raises."""
        began, outcome = perf_counter(), "ok"
        try:
            return self._inner.call(op, args)
        except UnavailableError:
            outcome = "unavailable"
            raise
        except ConsentryError:
            outcome = "refused"
            raise
        finally:
            self._called(op, outcome, perf_counter() - began)


def install(app: Flask, meters: Meters) -> None:
    """Times, counts and logs each request; `X-Request-Id` lets somebody name one."""
    logger = structlog.get_logger("web")

    @app.before_request
    def _begin() -> None:
        noted = vars(g._get_current_object())
        noted["began"] = perf_counter()
        # Our own, not the caller's: his could hold anything.
        noted["request_id"] = request_id = os.urandom(8).hex()
        REQUEST.set(request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        noted: dict[str, Any] = vars(g._get_current_object())
        began: float | None = noted.get("began")
        status, problem = response.status_code, noted.get("problem", "")
        endpoint, method = request.endpoint or "(none)", request.method
        if method not in METHODS:
            method = "(other)"  # a made-up method would make a made-up label
        seconds = 0.0 if began is None else perf_counter() - began
        meters.count((endpoint, method, str(status), problem), seconds)
        if VERDICT in noted and status == 201:
            meters.judged(*noted[VERDICT])
        if MAY_DIAL in noted and status == 201:
            may_dial, state = noted[MAY_DIAL]
            meters.dial_checks.labels("yes" if may_dial else "no", state if state in STATES else "(other)").inc()
        members: dict[str, Any] = {"endpoint": endpoint, "method": method, "status": status,
                                   "ms": round(seconds * 1000, 1)}
        if problem:
            members["problem"] = problem
        if "client" in noted:
            members["client"] = noted["client"].actor.id
        logger.info("request", **members)
        response.headers["X-Request-Id"] = noted.get("request_id", "")
        return response
