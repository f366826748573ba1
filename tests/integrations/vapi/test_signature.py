"""Whether a webhook is Vapi's: each plan, and each way in which a request fails it."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from app.integrations.vapi.errors import SignatureInvalid
from app.integrations.vapi.signature import Plan, verify

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = str(int(NOW.timestamp()))
URL = "https://booking.example.com/webhooks/vapi"
BODY = b'{"message":{"type":"tool-calls","toolCallList":[]}}'
SECRET = SecretStr("topsecret")
VECTOR = "7c4e1ac4b69b1099d4251546eb3500fb12e640babdeb20e286f8007bc75a23da"
"""Of section 1.3 of the research: secret `topsecret`, time 1767225600, this body."""
PLAIN = Plan.of({"type": "hmac"}, SECRET)
STANDARD = {
    "type": "hmac",
    "payloadFormat": "{svix-id}.{timestamp}.{body}",
    "signatureEncoding": "base64",
    "signaturePrefix": "v1,",
    "messageIdHeader": "webhook-id",
    "timestampHeader": "webhook-timestamp",
    "signatureHeader": "webhook-signature",
    "secretIsBase64": True,
}


def check(plan, headers, *, body=BODY, now=NOW, url=URL, method="POST"):
    verify(plan, method=method, url=url, headers=headers, body=body, now=now)


def refused(plan, headers, **others):
    with pytest.raises(SignatureInvalid) as failure:
        check(plan, headers, **others)
    return failure.value.reason


def signed(text, *, key=b"topsecret", algorithm="sha256"):
    return hmac.new(key, text, getattr(hashlib, algorithm)).digest()


def test_the_vector_of_the_default_plan_is_right():
    assert (AT, signed(AT.encode() + b"." + BODY).hex()) == ("1767225600", VECTOR)
    check(PLAIN, {"X-Signature": VECTOR, "X-Timestamp": AT})


def test_a_bearer_token_is_taken_whatever_the_case_of_its_scheme():
    plan = Plan.of({"type": "bearer"}, SECRET)

    check(plan, {"Authorization": "Bearer topsecret"})
    check(plan, {"authorization": "bearer topsecret"})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "missing"),
        ({"Authorization": ""}, "missing"),
        ({"Authorization": "topsecret"}, "missing"),
        ({"Authorization": "Basic topsecret"}, "missing"),
        ({"Authorization": "Bearer"}, "mismatch"),
        ({"Authorization": "Bearer topsecret2"}, "mismatch"),
        ({"Authorization": "Bearer töpsecret"}, "mismatch"),
        ({"Authorization": "Bearer " + "x" * 5_000}, "missing"),
        ({"X-Vapi-Secret": "topsecret"}, "missing"),
    ],
)
def test_without_the_token_a_bearer_plan_refuses(said, reason):
    assert refused(Plan.of({"type": "bearer"}, SECRET), said) == reason


def test_the_old_secret_of_a_server_is_a_bearer_in_its_own_header():
    plan = Plan.of({"type": "bearer", "headerName": "X-Vapi-Secret", "bearerPrefixEnabled": False}, SECRET)

    check(plan, {"x-vapi-secret": "topsecret"})
    assert refused(plan, {"x-vapi-secret": "Bearer topsecret"}) == "mismatch"


@pytest.mark.parametrize("settings", [{"type": "bearer"}, {"type": "hmac"}])
@pytest.mark.parametrize("secret", [None, SecretStr("")])
def test_without_a_secret_everything_is_refused(settings, secret):
    empty = signed(AT.encode() + b"." + BODY, key=b"").hex()

    headers = {"authorization": "Bearer ", "x-signature": empty, "x-timestamp": AT}
    assert refused(Plan.of(settings, secret), headers) == "no_secret"


def test_another_body_another_time_and_another_secret_are_refused():
    headers = {"x-signature": VECTOR, "x-timestamp": AT}

    assert refused(PLAIN, headers, body=BODY + b" ") == "mismatch"
    assert refused(PLAIN, {**headers, "x-timestamp": str(int(AT) + 1)}) == "mismatch"
    assert refused(Plan.of({"type": "hmac"}, SecretStr("topsecret2")), headers) == "mismatch"


@pytest.mark.parametrize("drift", [-301, 301])
def test_a_timestamp_out_of_tolerance_is_stale_though_signed(drift):
    headers = {"x-signature": VECTOR, "x-timestamp": AT}

    assert refused(PLAIN, headers, now=NOW + timedelta(seconds=drift)) == "stale"
    check(PLAIN, headers, now=NOW + timedelta(seconds=drift - drift // abs(drift)))


def test_a_timestamp_may_be_in_milliseconds():
    at = AT + "250"
    headers = {"x-signature": signed(f"{at}.".encode() + BODY).hex(), "x-timestamp": at}

    check(PLAIN, headers)
    assert refused(PLAIN, headers, now=NOW + timedelta(seconds=302)) == "stale"


@pytest.mark.parametrize(
    "at", ["", "soon", "-1767225600", "1767225600.5", "١٧٦٧٢٢٥٦٠٠", "1" * 17, "1e9", " 1767225600"]
)
def test_a_timestamp_that_is_no_number_is_refused(at):
    signature = signed(f"{at}.".encode() + BODY).hex()

    assert refused(PLAIN, {"x-signature": signature, "x-timestamp": at}) in {"stale", "missing"}


@pytest.mark.parametrize("signature", ["", "zz", VECTOR[:-1], VECTOR + "00", "ü", "sha256=" + VECTOR, " ", "\x00"])
def test_what_is_no_signature_is_refused(signature):
    assert refused(PLAIN, {"x-signature": signature, "x-timestamp": AT}) in {"mismatch", "missing"}


def test_a_signature_in_capitals_is_the_same_number():
    check(PLAIN, {"x-signature": VECTOR.upper(), "x-timestamp": AT})


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "sha1"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_every_algorithm_in_every_encoding_with_a_prefix(algorithm, encoding):
    plan = Plan.of(
        {"type": "hmac", "algorithm": algorithm, "signatureEncoding": encoding, "signaturePrefix": f"{algorithm}="},
        SECRET,
    )
    made = signed(AT.encode() + b"." + BODY, algorithm=algorithm)
    text = made.hex() if encoding == "hex" else base64.b64encode(made).decode()

    check(plan, {"x-signature": f"{algorithm}={text}", "x-timestamp": AT})
    assert refused(plan, {"x-signature": text, "x-timestamp": AT}) == "mismatch"


def test_a_signature_over_the_bare_body_needs_no_time():
    plan = Plan.of({"type": "hmac", "signatureHeader": "X-Vapi-Signature", "payloadFormat": "{body}"}, SECRET)

    check(plan, {"x-vapi-signature": signed(BODY).hex()})


def test_without_a_timestamp_the_body_alone_is_signed():
    plan = Plan.of({"type": "hmac", "includeTimestamp": False}, SECRET)

    check(plan, {"x-signature": signed(BODY).hex()})


def test_method_and_url_can_be_signed_too():
    plan = Plan.of({"type": "hmac", "payloadFormat": "{method} {url}\n{timestamp}:{body}"}, SECRET)
    headers = {"x-signature": signed(f"POST {URL}\n{AT}:".encode() + BODY).hex(), "x-timestamp": AT}

    check(plan, headers)
    assert refused(plan, headers, url=URL + "?x=1") == "mismatch"
    assert refused(plan, headers, method="PUT") == "mismatch"


def test_a_token_within_the_body_is_the_bodys_own():
    body = b'{"say": "{timestamp} {url} {body}"}'

    check(PLAIN, {"x-signature": signed(AT.encode() + b"." + body).hex(), "x-timestamp": AT}, body=body)


@pytest.mark.parametrize("prefix", ["", "whsec_"])
def test_set_up_as_standard_webhooks_it_takes_what_their_library_signs(prefix):
    secret = base64.b64encode(b"a key of twenty-four byte").decode()
    plan = Plan.of(STANDARD, SecretStr(prefix + secret))
    signature = Webhook(secret).sign("msg_1", NOW, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": AT, "webhook-signature": signature}

    check(plan, headers)
    check(plan, {**headers, "webhook-signature": f"v1a,other v1,b2xk {signature}"})
    assert refused(plan, {**headers, "webhook-id": "msg_2"}) == "mismatch"
    assert refused(plan, {**headers, "webhook-signature": "v1,b2xk v1,b2xk"}) == "mismatch"
    del headers["webhook-id"]
    assert refused(plan, headers) == "missing"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({}, "type"),
        ({"type": "basic"}, "bearer"),
        ({"type": "oauth2", "url": "https://id.example.com"}, "token endpoint"),
        ({"type": "bearer", "token": "topsecret"}, "VAPI_WEBHOOK_SECRET"),
        ({"type": "hmac", "secretKey": "topsecret"}, "VAPI_WEBHOOK_SECRET"),
        ({"type": "bearer", "headerName": "no header"}, "headerName"),
        ({"type": "bearer", "headername": "x"}, "headername"),
        ({"type": "hmac", "algorithm": "md5"}, "algorithm"),
        ({"type": "hmac", "signatureEncoding": "base32"}, "signatureEncoding"),
        ({"type": "hmac", "payloadFormat": "{timestamp}"}, "{body}"),
        ({"type": "hmac", "payloadFormat": "{nonce}.{body}"}, "{nonce}"),
        ({"type": "hmac", "payloadFormat": "{svix-id}.{body}"}, "messageIdHeader"),
        ({"type": "hmac", "payloadFormat": "{timestamp}.{body}", "includeTimestamp": False}, "includeTimestamp"),
        ({"type": "hmac", "secretIsBase64": True}, "base64"),
        ({"type": "hmac", "includeTimestamp": "perhaps"}, "includeTimestamp"),
    ],
)
def test_a_plan_that_cannot_be_followed_says_why_in_one_line_without_the_secret(settings, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)) as failure:
        Plan.of(settings, SecretStr("topsecret!"))

    said = str(failure.value)
    assert "topsecret" not in said
    assert "\n" not in said


def test_a_plan_does_not_show_its_key():
    assert "topsecret" not in repr(PLAIN)
