"""Metrics and logs. Neither holds a personal value: no path (it may hold a link's token), no query, no body."""

from __future__ import annotations

import os
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST


class Meters:
    """Counts and times of requests by endpoint; a registry of their own, so that two apps do not share it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "consentry_web_requests_total", "Requests by endpoint, method, status and problem code.",
            ["endpoint", "method", "status", "problem"], registry=self.registry)
        self.seconds = Histogram(
            "consentry_web_request_seconds", "Seconds per request by endpoint.", ["endpoint"], registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10))
        # Looking a child up by its labels costs more than counting.
        self._children: dict[tuple[str, str, str, str], tuple[Counter, Histogram]] = {}

    def count(self, labels: tuple[str, str, str, str], seconds: float) -> None:
        """One request: endpoint, method, status and problem code, and how long it took."""
        found = self._children.get(labels)
        if found is None:
            found = self.requests.labels(*labels), self.seconds.labels(labels[0])
            self._children[labels] = found
        found[0].inc()
        found[1].observe(seconds)

    def exposition(self) -> Response:
        """Everything in Prometheus' text format."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)


def install(app: Flask, meters: Meters) -> None:
    """Times, counts and logs each request; `X-Request-Id` lets somebody name one."""
    logger = structlog.get_logger("web")

    @app.before_request
    def _begin() -> None:
        g.began = perf_counter()
        # Our own, not the caller's: his could hold anything.
        g.request_id = os.urandom(8).hex()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        began: float | None = g.get("began")
        endpoint = request.endpoint or "(none)"
        seconds = 0.0 if began is None else perf_counter() - began
        problem = g.get("problem", "")
        meters.count((endpoint, _method(), str(response.status_code), problem), seconds)
        members: dict[str, Any] = {"endpoint": endpoint, "method": _method(), "status": response.status_code,
                                   "ms": round(seconds * 1000, 1)}
        if problem:
            members["problem"] = problem
        if "client" in g:
            members["client"] = g.client.actor.id
        logger.info("request", **members)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response


def _method() -> str:
    # A made-up method would make a made-up label.
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "(other)"
