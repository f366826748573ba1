"""Sending texts by Twilio: each once. What is not known to have arrived is looked for before anything is repeated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import settings_of
from app.core.errors import AppError
from app.core.http import Client, client_of
from app.integrations.twilio.answers import Sent
from app.integrations.twilio.api import Twilio
from app.integrations.twilio.errors import (
    UNSENT,
    TwilioBusy,
    TwilioKeyRefused,
    TwilioOutcomeUnknown,
    TwilioRefused,
    TwilioUnintelligible,
    TwilioUnreachable,
)
from app.jobs.errors import TookTooLong
from app.jobs.once import send_once
from app.jobs.outbox import subscribe
from app.messages.events import TextDue
from app.messages.rules import Status, from_twilio
from app.messages.sending import service
from app.messages.sending.rules import LATER, LOOK_AFTER, SETTLES
from app.messages.sending.service import Outgoing
from app.messages.service import hear

CALLBACK = "/webhooks/twilio/status?client={client}&message={message}#rc=3&rp=5xx,ct,rt"
"""The part after `#` asks Twilio to repeat what fails; it is not signed. docs/messages.md says where that stands."""


class Overtaken(Exception):
    """Somebody has heard of the message meanwhile, or taken it back: there is nothing to send."""


class NotAgain(Exception):
    """It was not sent, as far as the provider's list shows, and it is not to be sent once more."""


@subscribe(TextDue, "messages.send_text", at=lambda event: event.at, outbound=True)
async def send_text(session: AsyncSession, event: TextDue, /, *, now: datetime) -> None:
    """Send a text if it is to be sent; whatever comes of it stands in `messages`.

    Raises:
        TryLater: Twilio cannot take it now, or has not said whether it did.
    """
    settings = settings_of(session)
    outgoing = await service.prepare(session, event, missing=missing(settings), now=now)
    if outgoing is not None:
        twilio = twilio_of(settings, client_of(session.info))
        await _Errand(session, twilio, outgoing, callback(settings, outgoing)).run()


def missing(settings: Settings) -> str | None:
    """Return the code of what is missing for sending texts, None if nothing is."""
    if not settings.twilio_account_sid or _key(settings) is None:
        return "twilio_not_configured"
    return None if settings.public_url else "public_url_missing"


def twilio_of(settings: Settings, client: Client) -> Twilio:
    """Return the way to Twilio; only where nothing is `missing`."""
    key = _key(settings)
    assert key is not None
    assert settings.twilio_account_sid is not None
    return Twilio(client, settings.twilio_api_url, settings.twilio_account_sid, *key)


def callback(settings: Settings, outgoing: Outgoing) -> str:
    """Return where Twilio tells what becomes of a message: it names the message, for it may come before the answer."""
    path = CALLBACK.format(client=outgoing.client.id, message=outgoing.id)
    return (settings.public_url or "").rstrip("/") + path


def _key(settings: Settings) -> tuple[str, SecretStr] | None:
    if settings.twilio_api_key and settings.twilio_api_secret:
        return settings.twilio_api_key, settings.twilio_api_secret
    if settings.twilio_account_sid and settings.twilio_auth_token:
        return settings.twilio_account_sid, settings.twilio_auth_token
    return None


@dataclass(frozen=True, slots=True)
class _Errand:
    """One text on its way to Twilio."""

    session: AsyncSession
    twilio: Twilio
    outgoing: Outgoing
    callback: str

    async def run(self) -> None:
        try:
            sent = await send_once(
                self.session,
                begun_at=self.outgoing.tried_at,
                record=self._record,
                find=self._find,
                send=self._send,
                settles=SETTLES,
                unsent=UNSENT,
            )
        except Overtaken:
            return
        except NotAgain:
            await service.give_up(self.session, self.outgoing, now=utcnow())
        except TwilioRefused as refused:
            await self._refused(refused)
        except TwilioBusy as busy:
            await self._put_off(busy, Status.queued, timedelta(seconds=busy.seconds))
        except (TwilioUnreachable, TwilioKeyRefused) as failure:
            await self._unreached(failure)
        except (TwilioOutcomeUnknown, TookTooLong) as failure:
            await self._put_off(failure, Status.unknown, LOOK_AFTER)
        else:
            await self._hear(from_twilio(sent.status) or Status.accepted, sent)

    async def _record(self, begun_at: datetime | None) -> None:
        outgoing = self.outgoing
        ids = outgoing.client.id, outgoing.id
        if begun_at is None:
            await service.take_back(self.session, *ids, now=utcnow())
        elif not await service.begin(self.session, *ids, begun_at, known=outgoing.tried_at):
            raise Overtaken

    async def _find(self, since: datetime) -> Sent | None:
        outgoing = self.outgoing
        try:
            listed = await self.twilio.list_sent(to=outgoing.address, since=since, sender=outgoing.sender)
        except TwilioRefused as refused:
            raise TwilioUnintelligible from refused  # it is the list that is refused, not the message
        same = [each for each in listed if each.says(outgoing.body)]
        others = await service.sids_of_others(
            self.session, outgoing.client.id, outgoing.id, [each.sid for each in same]
        )
        await self.session.commit()
        found = [each for each in same if each.sid not in others]
        if not found and outgoing.hopeless is not None and utcnow() - since >= SETTLES:
            raise NotAgain
        return found[-1] if found else None

    async def _send(self) -> Sent:
        outgoing = self.outgoing
        return await self.twilio.send(
            to=outgoing.address,
            sender=outgoing.sender,
            body=outgoing.body,
            status_callback=self.callback,
            token=str(outgoing.id),
            validity_seconds=outgoing.useful_for(utcnow()),
        )

    async def _hear(self, status: Status, sent: Sent) -> None:
        code = None if sent.error_code is None else str(sent.error_code)
        ids = self.outgoing.client.id, self.outgoing.id
        await hear(self.session, *ids, status, sid=sent.sid, code=code, segments=sent.segments, now=utcnow())

    async def _refused(self, refused: TwilioRefused) -> None:
        if not refused.permanent:
            await self._put_off(refused, Status.queued, LATER)
        code = str(refused.number) if refused.number else refused.code
        await hear(self.session, self.outgoing.client.id, self.outgoing.id, Status.failed, code=code, now=utcnow())

    async def _unreached(self, failure: AppError) -> NoReturn:
        """Try again soon, then each minute. Whether it was begun before is not forgotten by that."""
        begun = self.outgoing.tried_at is not None
        await self._put_off(failure, Status.unknown if begun else Status.queued, self.outgoing.wait)

    async def _put_off(self, failure: Exception, status: Status, wait: timedelta) -> NoReturn:
        ids = self.outgoing.client.id, self.outgoing.id
        raise await service.put_off(self.session, *ids, failure, status=status, wait=wait, now=utcnow()) from failure
