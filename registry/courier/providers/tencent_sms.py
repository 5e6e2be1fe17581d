"""Tencent Cloud SMS: status callbacks, unsigned; confirmed by PullSmsSendStatusByPhoneNumber (grade C).

Sources: tencentcloud.com/document/api/382/43547 (callback), cloud.tencent.com/document/api/382/38773 and
tencentcloud.com/document/api/382/40518 (pull, version 2021-01-11). `user_receive_time` is Chinese time without a
zone, the pull's is Unix seconds. Only DELIVRD means anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.clouds import CloudAccount, account, ask_tencent, verify
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    IDENT,
    UNMAPPED,
    cause_of,
    local_time,
    member,
    objects,
    read_list,
    unix_seconds,
    word_of,
)
from registry.courier.providers.pull import Asking
from registry.courier.providers.tencent_voice import called
from registry.model.times import DAY, SECOND
from registry.policy.outcomes import OutcomeTable

ENDPOINT = "https://sms.tencentcloudapi.com"
SERVICE, ACTION = "sms", ("PullSmsSendStatusByPhoneNumber", "2021-01-11")
MOST = 100
SUCCESS = "SUCCESS"

_STATUS = re.compile(r"[A-Z]{1,16}\Z", re.ASCII)


def secret(text: str) -> CloudAccount:
    """{"token", "secret_id", "secret_key", "sdk_app_id", "region", "endpoint"?}; `region` such as ap-guangzhou.

    Raises MalformedError `secret-malformed`.
    """
    return account(text, ("secret_id", "secret_key"), ENDPOINT, ("sdk_app_id", "region"))


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Told]:
    """The states in a body, in its order. Raises RefusedEvent for a body that is no list of objects."""
    return [_reported(report, table) for report in read_list(callback.body)]


def _reported(report: Mapping[str, Any], table: OutcomeTable) -> Told:
    try:
        return _event(
            member(report, "sid", IDENT), called(report), member(report, "report_status", _STATUS),
            word_of(report.get("errmsg")), local_time(report, "user_receive_time"), table)
    except RefusedEvent as error:
        return error


def _event(  # noqa: PLR0917 - what the two forms of one record have in common
    sid: str, number: str, status: str, code: str, at: int, table: OutcomeTable,
) -> Event:
    return Event(
        attempt=sid, seq=None, account=None, medium="sms", direction="outbound", dialled=number,
        cause=cause_of(table, code) if status == SUCCESS else dict(UNMAPPED), began_at=at, ring_seconds=None,
        ended_at=at,
    )


def pull(credential: CloudAccount, event: Event, asking: Asking) -> Event | None:
    """The message as PullSmsSendStatusByPhoneNumber has it; None while it has none. Raises UnavailableError,
    RefusedEvent.

    It is asked by number, because the pull without one empties the account's own queue.
    """
    answer = ask_tencent(credential, SERVICE, ACTION, {
        "BeginTime": (event.began_at - DAY) // SECOND, "EndTime": asking.at // SECOND, "Offset": 0, "Limit": MOST,
        "PhoneNumber": event.dialled, "SmsSdkAppId": credential.extra["sdk_app_id"],
    }, asking)
    found = answer.get("PullSmsSendStatusSet")
    if found in (None, []):
        return None
    for record in objects(found, "PullSmsSendStatusSet"):
        if record.get("SerialNo") == event.attempt:
            return _event(
                event.attempt, member(record, "PhoneNumber", ADDRESS), member(record, "ReportStatus", _STATUS),
                word_of(record.get("Description")), unix_seconds(record, "UserReceiveTime"), asking.table)
    return None


ADAPTER = Adapter(verify, read, secret=secret, pull=pull)
