"""Alibaba Cloud SMS: SmsReport by HTTP push, unsigned; confirmed by QuerySendDetails (grade C).

Sources: help.aliyun.com/document_detail/101867.html (report), /document_detail/419277.html (QuerySendDetails). Times
are Chinese time without a zone. What carriers write into `err_code` is not stable: only DELIVERED means anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.clouds import CloudAccount, account, ask_aliyun, verify
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    CHINA,
    IDENT,
    UNMAPPED,
    cause_of,
    chinese_number,
    local_time,
    member,
    nested,
    objects,
    read_list,
    word_of,
)
from registry.courier.providers.pull import Asking
from registry.model.times import SECOND
from registry.policy.outcomes import OutcomeTable

ENDPOINT = "https://dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
# SendStatus of QuerySendDetails.
WAITING, SENT = "1", "3"


def secret(text: str) -> CloudAccount:
    """{"token", "access_key_id", "access_key_secret", "endpoint"?}. Raises MalformedError `secret-malformed`."""
    return account(text, ("access_key_id", "access_key_secret"), ENDPOINT)


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Told]:
    """The reports in a body, in its order. Raises RefusedEvent for a body that is no list of objects."""
    return [_reported(report, table) for report in read_list(callback.body)]


def _reported(report: Mapping[str, Any], table: OutcomeTable) -> Told:
    try:
        return _event(
            member(report, "biz_id", IDENT), member(report, "phone_number", ADDRESS), report.get("success") is True,
            word_of(report.get("err_code")),
            (local_time(report, "send_time"), local_time(report, "report_time")), table)
    except RefusedEvent as error:
        return error


def _event(  # noqa: PLR0917 - what the two forms of one record have in common
    sending: str, phone: str, success: bool, code: str, times: tuple[int, int | None], table: OutcomeTable,
) -> Event:
    # One BizId stands for all numbers of one request: what was tried is the message to this one.
    return Event(
        attempt=f"{sending} {phone}", seq=None, account=None, medium="sms", direction="outbound",
        dialled=chinese_number(phone), cause=cause_of(table, code) if success else dict(UNMAPPED), began_at=times[0],
        ring_seconds=None, ended_at=times[1],
    )


def pull(credential: CloudAccount, event: Event, asking: Asking) -> Event | None:
    """The message as QuerySendDetails has it; None while it waits for the carrier. Raises UnavailableError,
    RefusedEvent."""
    sending, _, phone = event.attempt.partition(" ")
    day = datetime.fromtimestamp(event.began_at // SECOND, tz=CHINA).strftime("%Y%m%d")
    answer = ask_aliyun(credential, "QuerySendDetails", VERSION, {
        "PhoneNumber": phone, "BizId": sending, "SendDate": day, "PageSize": "10", "CurrentPage": "1",
    }, asking)
    details = nested(answer, "SmsSendDetailDTOs").get("SmsSendDetailDTO")
    if details == []:
        return None
    detail, *others = objects(details, "SmsSendDetailDTO")
    status = word_of(detail.get("SendStatus"))
    if status == WAITING:
        return None
    if others:
        raise RefusedEvent("there are several records of one message", code="pull-mismatch")
    received_at = None if detail.get("ReceiveDate") in (None, "") else local_time(detail, "ReceiveDate")
    return _event(
        sending, member(detail, "PhoneNum", ADDRESS), status == SENT, word_of(detail.get("ErrCode")),
        (local_time(detail, "SendDate"), received_at), asking.table)


ADAPTER = Adapter(verify, read, secret=secret, pull=pull)
