"""What the doors for Twilio's webhooks ask of who calls: a signature first, then not more than is taken in a minute."""

from fastapi import Request

from app.core.config import Settings
from app.core.limits.verdicts import RateLimited
from app.integrations.twilio.errors import SignatureInvalid
from app.integrations.twilio.payloads import Form, read_form
from app.integrations.twilio.signature import Secrets, verify
from app.messages.errors import TooManyWebhooks


async def proven_form(request: Request) -> Form:
    """Return the form that was posted, once it is proven that Twilio has signed it for our public address.

    Raises:
        SignatureInvalid: it has not, or there is no address or secret to check that with.
        FormUnreadable: it has signed what is no form.
    """
    body = await request.body()
    settings: Settings = request.app.state.settings
    if not settings.public_url:
        raise SignatureInvalid
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1").partition("?")[0]
    verify(
        url=settings.public_url.rstrip("/") + path + (f"?{query}" if query else ""),
        headers=request.headers,
        body=body,
        content_type=request.headers.get("content-type"),
        secrets=Secrets(settings.twilio_auth_token, settings.twilio_shared_keys),
    )
    return read_form(body)


async def charge(request: Request, account: str) -> None:
    """Count a webhook of an account at Twilio.

    Raises:
        TooManyWebhooks: it brings more in a minute than are taken.
    """
    try:
        await request.app.state.limits.charge("webhooks", f"account:{account}")
    except RateLimited as limited:
        raise TooManyWebhooks from limited
