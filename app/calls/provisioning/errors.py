"""Why a client's voice is not set up; each says what to do next."""

from app.core.errors import Conflict, Unavailable


class VapiNotConfigured(Unavailable):
    """There is no account to set anything up in."""

    detail = "VAPI_API_KEY is not set: take the private key under Organization, API Keys at dashboard.vapi.ai."


class PublicUrlMissing(Unavailable):
    """Vapi would not know where to call us."""

    detail = "APP_PUBLIC_URL is not set: Vapi has to know where it reaches this service, such as https://example.com."


class PublicUrlNotSecure(Unavailable):
    """Callers' words, and the proof of whose they are, would go through the world unprotected."""

    detail = "APP_PUBLIC_URL must begin with https://; Vapi would send callers' words unprotected."


class WebhookSecretMissing(Unavailable):
    """Every webhook would be refused, so that the assistant could do nothing."""

    detail = "VAPI_WEBHOOK_SECRET is not set: without it every webhook of Vapi's is refused (docs/voice.md)."


class AssistantTaken(Conflict):
    """What was found at Vapi is another client's here."""

    detail = "That assistant at Vapi belongs to another client here; see GET /api/clients and the assistant's metadata."
