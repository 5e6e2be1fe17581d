"""How things stand when somebody scrapes: what waits, and how far each process is behind. No count of events."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from registry.errors import ConsentryError
from registry.model.alarms import ALARMS
from registry.usecases.ports import Ports


class State(Collector):
    """Asks the database and the vault once a scrape. Without a vault only what the database says is there."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def collect(self) -> Iterator[Metric]:
        count, oldest = self._ports.store.backlog()
        waited = 0.0 if oldest is None else max(0, self._ports.wall() - oldest) / 1000
        yield _gauge("consentry_inbox_waiting", "Callbacks that the courier has not settled.", count)
        yield _gauge("consentry_inbox_oldest_seconds", "Since when the oldest of them waits.", waited)
        opened = self._ports.store.open_alarms()
        alarms = GaugeMetricFamily("consentry_alarms_open", "Open alarms, by alarm.", labels=["alarm"])
        for alarm in ALARMS:
            alarms.add_metric([alarm], opened.get(alarm, 0))
        yield alarms
        try:
            cursor = self._ports.store.cursor()
        except ConsentryError:
            cursor = 0  # nobody knows how far it is: then all of the log lies ahead
        try:
            status = self._ports.vault.call("status", {})
        except ConsentryError:
            yield _gauge("consentry_vault_up", "Whether the vault answers.", 0)
            return
        yield _gauge("consentry_vault_up", "Whether the vault answers.", 1)
        yield _gauge("consentry_log_entries", "Entries of the log.", status["size"])
        yield _gauge("consentry_log_unpublished", "Entries behind the newest published checkpoint.",
                     status["size"] - status["published"])
        yield _gauge("consentry_pump_lag_entries", "Published entries that the web database does not show yet.",
                     max(0, status["published"] - cursor))
        yield _gauge("consentry_releases_stopped", "1 while the stop switch is on.", int(bool(status["stopped"])))
        if "courier_seen_ms" in status:
            yield _gauge("consentry_courier_lag_seconds", "Since when the courier has not followed the log.",
                         status["courier_seen_ms"] / 1000)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)
