"""Patterns that callers' strings must match. ASCII only: other digits are digits to Python, not to us."""

from __future__ import annotations

import re

IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}\Z", re.ASCII)
ID = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z", re.ASCII)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z", re.ASCII)
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}\Z", re.ASCII)
WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
STAFF_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}\Z", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
# 32 bytes: 43 characters, the last with two bits to spare, which are nought.
KEY32 = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z", re.ASCII)
SECRET = re.compile(r"[ -~]{1,4000}\Z", re.ASCII)
BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,4096}\Z", re.ASCII)
JWE = re.compile(r"[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){4}\Z", re.ASCII)
REF = re.compile(r"[^\x00-\x1f\x7f]{1,128}\Z")
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z|24:00\Z", re.ASCII)
WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)
NOTICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", re.ASCII)
NOTICE_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z", re.ASCII)
PACK_VERSION = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
