"""What we send, as tests need it: complete, with every field that we know."""

from pydantic import SecretStr

from app.integrations.vapi import objects

CALLER = "+447400123456"
SERVER = objects.Server(
    url="https://booking.example.com/webhooks/vapi", credential_id="cred-1", backoff_plan=objects.Backoff()
)


def tool(name: str = "find_slots") -> objects.Tool:
    """Return a tool."""
    return objects.Tool(
        function=objects.Function(
            name=name,
            description="Find free times.",
            parameters=objects.Schema(
                properties={"when": {"type": "string", "description": "The caller's own words."}}, required=("when",)
            ),
        ),
        server=SERVER,
        messages=(
            objects.ToolMessage(type="request-start", content="Let me look."),
            objects.ToolMessage(
                type="request-response-delayed", content="One moment.", timing_milliseconds=objects.DELAY_MILLISECONDS
            ),
            objects.ToolMessage(type="request-failed", content="I could not look just now."),
        ),
        parameters=(objects.Parameter(key="caller_number", value="{{ customer.number }}"),),
    )


def assistant(name: str = "Demo Dental") -> objects.Assistant:
    """Return an assistant."""
    return objects.Assistant(
        name=name,
        first_message="Demo Dental, how can I help?",
        model=objects.Model(
            provider="openai",
            model="gpt-4.1",
            messages=(objects.ModelMessage(content="You answer."),),
            tool_ids=("t-1",),
        ),
        server=SERVER,
        voice=objects.Voice(provider="azure", voice_id="en-GB-SoniaNeural"),
        transcriber=objects.Transcriber(provider="deepgram", model="nova-3", language="en"),
        end_call_message="Goodbye.",
        voicemail_message="Please call us back.",
        artifact_plan=objects.Artifacts(recording_enabled=True),
        metadata={"client": "demo-dental"},
    )


def phone_number() -> objects.PhoneNumber:
    """Return a phone number with all the ways to Twilio."""
    return objects.PhoneNumber(
        number="+442071838750",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=SecretStr("twilios-own-token"),
        twilio_api_key="SK" + "0" * 32,
        twilio_api_secret=SecretStr("twilios-own-secret"),
        name="Demo Dental",
        assistant_id="a-1",
        server=SERVER,
        fallback_destination=objects.NumberDestination(number="+442071838751", message="One moment."),
    )


def call(assistant_id: str = "a-1", phone_number_id: str = "p-1") -> objects.OutboundCall:
    """Return a call to a customer."""
    return objects.OutboundCall(
        assistant_id=assistant_id,
        phone_number_id=phone_number_id,
        customer=objects.Customer(number=CALLER, name="Ada Lovelace", external_id="c-1"),
        name="Reminder",
        assistant_overrides=objects.Overrides(
            variable_values={"customer_name": "Ada Lovelace"}, metadata={"attempt_id": "7"}, first_message="Hello Ada."
        ),
    )
