"""Alibaba Cloud VMS (voice messages): VoiceReport by HTTP push, unsigned, confirmed by a query (grade C).

Sources: help.aliyun.com/zh/vms/voicereport-7 (report), /zh/vms/developer-reference/operators-receipt-error-code
(codes), /document_detail/393529.html (QueryCallDetailByCallId). Times are Chinese time without a zone. A push is
answered within 700 ms or sent again, and repeats are expected (help.aliyun.com/document_detail/112503.html).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.clouds import CloudAccount, account, ask_aliyun, verify
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    IDENT,
    Cause,
    cause_of,
    chinese_number,
    local_time,
    member,
    optional_time,
    rang_for,
    read_list,
    word_of,
)
from registry.courier.providers.pull import Asking
from registry.courier.providers.strict import read_object
from registry.errors import UnavailableError
from registry.policy.outcomes import OutcomeTable
from registry.policy.outcomes.table import ANSWERED, LEAST_FAVOURABLE_FIRST

ENDPOINT = "https://dyvmsapi.aliyuncs.com"
VERSION = "2017-05-25"
PICKED_UP: Cause = {"status": "answered-machine"}

_CODE = re.compile(r"[0-9]{1,12}\Z", re.ASCII)


def secret(text: str) -> CloudAccount:
    """{"token", "access_key_id", "access_key_secret", "prod_id", "endpoint"?}: `prod_id` of the product that calls,
    11000000300006 for voice notifications. Raises MalformedError `secret-malformed`."""
    return account(text, ("access_key_id", "access_key_secret"), ENDPOINT, ("prod_id",))


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Told]:
    """The reports in a body, in its order. Raises RefusedEvent for a body that is no list of objects."""
    return [_reported(report, table) for report in read_list(callback.body)]


def _reported(report: Mapping[str, Any], table: OutcomeTable) -> Told:
    try:
        if report.get("voice_type") not in (None, "", "voice"):
            return RefusedEvent("only reports of whole calls are used", code="event-type-unused")
        ended_at, answered_at = optional_time(report, "end_time"), optional_time(report, "start_time")
        code = member(report, "status_code", _CODE)
        heard = word_of(report.get("early_media_code"))
        return _event(
            member(report, "call_id", IDENT), member(report, "callee", ADDRESS),
            _cause(table, (code, heard) if heard else (code,), picked_up=answered_at is not None),
            local_time(report, "originate_time"),
            rang_for(table, code, optional_time(report, "ring_time"), ended_at), ended_at)
    except RefusedEvent as error:
        return error


def _event(  # noqa: PLR0917 - what the two forms of one record have in common
    call: str, callee: str, cause: Cause, began_at: int, ring_seconds: int | None, ended_at: int | None,
) -> Event:
    return Event(
        attempt=call, seq=None, account=None, medium="voice", direction="outbound", dialled=chinese_number(callee),
        cause=cause, began_at=began_at, ring_seconds=ring_seconds, ended_at=ended_at,
    )


def _cause(table: OutcomeTable, codes: Sequence[str], *, picked_up: bool) -> Cause:
    """What the codes stand for: of the carrier's and of the announcement that was heard, what favours a release less.

    Whatever the codes say, a call that was picked up reached a line that is alive. Who hung up is not read: the
    documented sample has a switched-off telephone that the user (用户) hung up.
    """
    causes = [cause_of(table, code) for code in codes]
    # Enough ringing is assumed here: how long it rang is asked of the whole event, later.
    if picked_up and not any(table.classify(one, table.min_ring_seconds) in ANSWERED for one in causes):
        return dict(PICKED_UP)
    return min(causes, key=lambda one: LEAST_FAVOURABLE_FIRST.index(table.classify(one, table.min_ring_seconds)))


def pull(credential: CloudAccount, event: Event, asking: Asking) -> Event | None:
    """The call as QueryCallDetailByCallId has it; None while it has none (it needs three to five minutes).

    Raises UnavailableError, RefusedEvent.
    """
    answer = ask_aliyun(credential, "QueryCallDetailByCallId", VERSION, {
        "CallId": event.attempt, "ProdId": credential.extra["prod_id"], "QueryDate": str(event.began_at),
    }, asking)
    detail = answer.get("Data")
    if detail in (None, "", "{}"):
        return None
    if not isinstance(detail, str):
        raise UnavailableError("the provider's record is no text", code="pull-unavailable")
    return _record(event.attempt, read_object(detail.encode()), asking.table)


def _record(call: str, record: Mapping[str, Any], table: OutcomeTable) -> Event:
    code = word_of(record.get("state"))
    ended_at = optional_time(record, "endDate")
    seconds = word_of(record.get("duration"))
    return _event(
        call, member(record, "callee", ADDRESS),
        _cause(table, (code,), picked_up=seconds not in ("", "0")), local_time(record, "gmtCreate"),
        rang_for(table, code, optional_time(record, "aRingTime"), optional_time(record, "aEndTime") or ended_at),
        ended_at)


ADAPTER = Adapter(verify, read, secret=secret, pull=pull)
