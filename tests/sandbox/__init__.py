"""The stand-ins for Vapi, Twilio and a mail server, for tests of all rooms: served in a thread, on free ports.

with sandbox() as outside:
    settings.model_copy(update=outside.settings)   # the service then knows these accounts
    outside.faults.next("unanswered", api="twilio")
    ...
    outside.settle()                               # every webhook has been answered
    assert outside.messages[-1].status == "delivered"
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from app.sandbox.accounts import Accounts, accounts_of
from app.sandbox.faults import Faults
from app.sandbox.mail import Letter
from app.sandbox.server import Sandbox, listen, serving
from app.sandbox.twilio.service import Message
from app.sandbox.vapi.service import Organisation

ACCOUNTS = accounts_of("of the tests")


class Outside:
    """What the service can reach, and what tests look at."""

    def __init__(self, served: Sandbox) -> None:
        self._served, self.accounts = served, served.state.accounts
        self.url = self.twilio_url = self.vapi_url = served.url
        self.smtp_url = served.smtp_url or ""
        self.settle = served.settle
        self.reset = served.reset

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by which the service uses these accounts, for `Settings.model_copy(update=…)`."""
        return {
            "twilio_account_sid": self.accounts.twilio_sid,
            "twilio_auth_token": SecretStr(self.accounts.twilio_token),
            "twilio_api_url": self.twilio_url,
            "vapi_api_key": SecretStr(self.accounts.vapi_key),
            "vapi_webhook_secret": SecretStr(self.accounts.vapi_secret),
            "vapi_webhook_plan": dict(self.accounts.vapi_plan),
            "vapi_api_url": self.vapi_url,
            "smtp_url": SecretStr(self.smtp_url),
            "email_from": "bookings@example.com",
        }

    @property
    def messages(self) -> list[Message]:
        """The messages of Twilio's account, in the order of their making."""
        return list(self._served.state.messages.kept.values())

    def texted(self, sender: str, to: str, body: str, *, at: datetime, media: int = 0) -> Message:
        """Have a text come in at Twilio of which no webhook tells."""
        return self._served.state.messages.receive(sender, to, body, media=media, now=at)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls of Vapi's organisation, in the order of their making."""
        return list(self.organisation.calls.values())

    @property
    def letters(self) -> list[Letter]:
        """The letters that came by SMTP, in that order; `letters[0].message` is the letter, read."""
        return list(self._served.state.mailbox.kept)

    @property
    def organisation(self) -> Organisation:
        """What there is at Vapi: `things["assistant"]` and so on, and the `concurrency` that it allows."""
        return self._served.state.organisation

    @property
    def faults(self) -> Faults:
        """Bad days on demand: `outside.faults.next("429", 3, api="twilio")`."""
        return self._served.state.faults

    @property
    def deliveries(self) -> list[Any]:
        """The webhooks that were sent, and how they were answered."""
        return list(self._served.state.courier.deliveries)


@contextmanager
def sandbox(accounts: Accounts = ACCOUNTS, *, pace: float = 0.0) -> Iterator[Outside]:
    """Serve the stand-ins for the length of the block."""
    with serving(accounts, listen(), listen(), pace=pace) as served:
        yield Outside(served)
