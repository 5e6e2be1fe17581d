"""Which transport carries a medium."""

from __future__ import annotations

from collections.abc import Mapping

from registry.courier.delivery_settings import DeliverySettings
from registry.courier.outbox import Message, Outbox, Receipt
from registry.courier.sms_gateway import SmsGateway
from registry.courier.smtp import SmtpTransport

MEDIA = ("email", "sms")


class Gateways:
    """One transport for each medium; what none carries goes to `otherwise`."""

    def __init__(self, by_medium: Mapping[str, Outbox], otherwise: Outbox) -> None:
        self._by_medium = by_medium
        self._otherwise = otherwise

    def send(self, message: Message) -> Receipt | None:
        """As the medium's own transport."""
        return self._of(message.medium).send(message)

    def asked(self, message: str, medium: str) -> bool | None:
        """As the medium's own transport."""
        return self._of(medium).asked(message, medium)

    def _of(self, medium: str) -> Outbox:
        return self._by_medium.get(medium, self._otherwise)


def gateways_of(settings: DeliverySettings, otherwise: Outbox) -> Gateways:
    """The transports that the settings name."""
    by_medium: dict[str, Outbox] = {}
    if settings.email is not None:
        by_medium["email"] = SmtpTransport(settings.email)
    if settings.sms is not None:
        by_medium["sms"] = SmsGateway(settings.sms)
    return Gateways(by_medium, otherwise)
