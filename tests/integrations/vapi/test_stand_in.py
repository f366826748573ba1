"""The stand-in proves itself as Vapi would, and our check takes it under each plan."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from app.integrations.vapi.errors import SignatureInvalid
from app.integrations.vapi.signature import Plan, verify
from app.sandbox.vapi.rules import proof

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
URL = "https://booking.example.com/webhooks/vapi"
SECRET = "YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0ZQ=="
STANDARD = {
    "payloadFormat": "{svix-id}.{timestamp}.{body}",
    "signatureEncoding": "base64",
    "signaturePrefix": "v1,",
    "messageIdHeader": "webhook-id",
    "timestampHeader": "webhook-timestamp",
    "signatureHeader": "webhook-signature",
    "secretIsBase64": True,
}


@pytest.mark.parametrize(
    "plan",
    [
        {"type": "bearer"},
        {"type": "bearer", "headerName": "X-Vapi-Secret", "bearerPrefixEnabled": False},
        {"type": "hmac"},
        {"type": "hmac", "includeTimestamp": False},
        {"type": "hmac", "signatureHeader": "x-vapi-signature", "payloadFormat": "{body}"},
        {"type": "hmac", "algorithm": "sha512", "signaturePrefix": "sha512="},
        {"type": "hmac", "payloadFormat": "{method} {url} {timestamp} {body}"},
        {"type": "hmac", **STANDARD},
    ],
)
def test_what_the_stand_in_proves_is_taken_and_another_body_is_not(plan):
    body = b'{"message":{"type":"hang"}}'
    headers = proof(plan, SECRET, body=body, url=URL, seconds=int(NOW.timestamp()), message_id="msg_1")
    ours = Plan.of(plan, SecretStr(SECRET))

    verify(ours, method="POST", url=URL, headers=headers, body=body, now=NOW)
    if plan["type"] == "hmac":
        with pytest.raises(SignatureInvalid):
            verify(ours, method="POST", url=URL, headers=headers, body=body + b" ", now=NOW)
    with pytest.raises(SignatureInvalid):
        verify(Plan.of(plan, SecretStr("b" + SECRET[1:])), method="POST", url=URL, headers=headers, body=body, now=NOW)
