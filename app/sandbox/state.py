"""All that the stand-ins know, in memory."""

from app.sandbox.accounts import Accounts
from app.sandbox.courier import Courier
from app.sandbox.faults import Faults
from app.sandbox.mail import Mailbox
from app.sandbox.twilio.jobs import Carrier
from app.sandbox.twilio.service import Messages
from app.sandbox.vapi.jobs import Caller
from app.sandbox.vapi.service import Organisation


class State:
    """The accounts and what happened in them; `pace`: seconds from one state of a message or a call to the next."""

    def __init__(self, accounts: Accounts, *, pace: float = 0.0) -> None:
        self.accounts = accounts
        self.faults, self.courier = Faults(), Courier()
        self.messages = Messages(accounts.twilio_sid)
        self.carrier = Carrier(accounts, self.messages, self.courier, pace=pace)
        self.mailbox = Mailbox(self.faults)
        self.organisation = Organisation()
        self.caller = Caller(accounts, self.organisation, self.courier, pace=pace)

    async def reset(self) -> None:
        """Forget everything, and what was under way."""
        self.courier.stop()
        await self.courier.settled()
        self.courier.deliveries.clear()
        self.faults.clear()
        self.messages.kept.clear()
        self.messages.opted_out.clear()
        self.organisation.clear()
        self.mailbox.kept.clear()
