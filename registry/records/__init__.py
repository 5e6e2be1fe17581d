"""One consent as others' formats write it down: ISO/IEC TS 27560 as linked data, Kantara 1.1, a DEPA artefact.

Pure: what the vault tells of a consent, and who reads it, give the record. What is filled and what is not, and why,
is in docs/consent-records.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from registry.records.depa import artefact
from registry.records.dpv import linked_record
from registry.records.kantara import kantara_receipt
from registry.records.told import READERS, Told, told_from

__all__ = ["CONTENT_TYPES", "FORMATS", "READERS", "Told", "record", "told_from"]

FORMATS: Mapping[str, Callable[[Told], dict[str, Any]]] = {
    "27560": linked_record, "kantara": kantara_receipt, "depa": artefact,
}
CONTENT_TYPES: Mapping[str, str] = {
    "27560": "application/ld+json", "kantara": "application/json", "depa": "application/json",
}


def record(format_: str, told: Told) -> dict[str, Any]:
    """The record in that format. Raises ConflictError `record-not-yet` where the format has no word for a consent
    that was never given."""
    return FORMATS[format_](told)
