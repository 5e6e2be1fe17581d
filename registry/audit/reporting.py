"""The report of a period, made from the log alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from registry.audit.counting import counted
from registry.model.times import stamp
from registry.reporting.figures import figures
from registry.reporting.files import report_of
from registry.reporting.numbers import Period
from registry.texts import pages, reasons

TAGS = {"zh": "zh-CN", "en": "en"}


def report_files(leaves: Iterable[bytes], over: Period, language: str) -> Mapping[str, str]:
    """File names and their contents; `language` is zh or en. Raises as `counted` does."""
    numbers, origin, size, at = counted(leaves, over)

    def say(key: str, /, **params: object) -> str:
        return pages.text(f"auditor.{key}", language, params)

    facts = [
        (say("report.period"), f"{over.since.isoformat()} – {over.until.isoformat()} (UTC)"),
        (say("report.log"), origin), (say("report.size"), str(size)), (say("report.made"), stamp(at)),
    ]
    found = figures(numbers, say, lambda code: reasons.plain(code, language))
    return report_of(found, say, TAGS[language], say("report.title"), facts)
