"""The demo's law in plain numbers: of POLICY section 4's table the stricter of `floor` and `cn`, by hand."""

from __future__ import annotations

from datetime import timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

REGION = "CN"
SPOKEN = ("zh", "en")
PURPOSES = ("restore-contact", "obtain-contact-details", "relay-message")
# Local hours, end exclusive.
CONTACT_HOURS = (8, 20)
BORROWER_HOURS = (8, 21)
DAYS_PAST_DUE = 60
LEAST_ATTEMPTS, LEAST_DAYS, LEAST_SPAN, LEAST_PER_LINE = 8, 6, 14, 2
WINDOW, STALE, COOLING, GAP, RING = 60 * DAY, 10 * DAY, 2 * DAY, 120 * MINUTE, 20
REFUSAL = 30 * DAY
LOOKBACK = 90 * DAY
DIALS_PER_DAY, TALKS_PER_DAY, DIALS_PER_WEEK = 3, 1, 7
PROMPT = 15 * MINUTE
FEEDS, FEED_AGE = ("payments", "logins", "inbound"), 24 * HOUR
GRACE, NOTICE_AGE = 7 * DAY, 30 * DAY
CONSENT_AGE = 365 * DAY
AGENCY_APPROVAL = 365 * DAY
OUTCOME_DUE = 48 * HOUR
RELEASES_A_DAY = 20
APPROVAL_AGE = 24 * HOUR
LINE_PERIOD, LINE_COOLDOWN = 30 * DAY, 90 * DAY
CASE_CONTACTS = 2
SIGN_IN, WEEK = 10 * MINUTE, 7 * DAY
PERMIT_LIFE = 24 * HOUR

ATTEMPTS = ("attempt-recorded/1", "attempt-recorded/2")

# Classes of what became of an attempt.
COUNTS = ("no-answer", "not-alerted", "dead-address", "voicemail", "screened")
REACHES = ("reached-person", "engaged", "declined", "wrong-person")
PICKED_UP = ("voicemail", "screened")
BLOCKS = ("voicemail", "screened", "household")
# Somebody or something is at that address.
EXISTS = (*BLOCKS, "no-answer", "not-alerted", "busy", "delivered", "reached-person", "engaged", "declined")
WORST_FIRST = (
    "reached-person", "engaged", "wrong-person", "declined", "household", "voicemail", "screened", "caller-fault",
    "unknown", "busy", "delivered", "no-answer", "not-alerted", "dead-address",
)
TEXTS = ("sms", "email", "app")

# Outcomes that a collector reports of a number.
OBJECTS, SPOILS = ("refused",), ("wrong-person", "minor", "number-dead")
TALKED = ("relayed", "will-relay", "refused", "wrong-person", "minor", "deceased", "gave-channel", "distress")
HARMLESS = ("relayed", "will-relay", "no-answer", "gave-channel")
HOLD_OF_OUTCOME = {"distress": "vulnerability", "deceased": "deceased"}
PERSONAL_HOLDS = ("insolvency", "moratorium", "vulnerability", "deceased", "incapacitated")
