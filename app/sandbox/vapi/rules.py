"""Vapi's rules: what is refused, and how a webhook proves itself by the plan of a credential."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from app.sandbox.vapi.errors import VapiRefused

LONGEST_NAME = 40
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_FUNCTION = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ACTIVE = frozenset({"queued", "ringing", "in-progress", "forwarding"})

Plan = Mapping[str, str | bool]


def check_thing(kind: str, body: dict[str, Any]) -> None:
    """Check what is to be created of a kind: `assistant`, `tool` or `phone-number`.

    Raises:
        VapiRefused: Vapi would not take it.
    """
    problems = [f"{field} must be an object" for field in ("server", "metadata") if _no_object(body.get(field))]
    name = body.get("name")
    if name is not None and (not isinstance(name, str) or len(name) > LONGEST_NAME):
        problems.append(f"name must be shorter than or equal to {LONGEST_NAME} characters")
    if kind == "tool":
        problems += _problems_of_tool(body)
    if kind == "phone-number":
        problems += _problems_of_number(body)
    if problems:
        raise VapiRefused(problems)


def _problems_of_tool(body: dict[str, Any]) -> list[str]:
    function = body.get("function")
    if body.get("type") != "function" or not isinstance(function, dict):
        return ["the stand-in knows tools of type function alone"]
    problems = []
    if not _FUNCTION.fullmatch(str(function.get("name", ""))):
        problems.append("function.name must match /^[a-zA-Z0-9_-]{1,64}$/")
    parameters = function.get("parameters", {"type": "object", "properties": {}})
    if not isinstance(parameters, dict) or not {"type", "properties"} <= set(parameters):
        problems.append("function.parameters must have type and properties")
    return problems


def _problems_of_number(body: dict[str, Any]) -> list[str]:
    if body.get("provider") != "twilio":
        return ["the stand-in knows phone numbers of provider twilio alone"]
    known = _E164.fullmatch(str(body.get("number", ""))) and body.get("twilioAccountSid")
    return [] if known else ["number and twilioAccountSid are needed, the number in E.164"]


def check_call(body: dict[str, Any]) -> None:
    """Check an outbound call.

    Raises:
        VapiRefused: Vapi would not place it.
    """
    for field in ("assistant", "assistantOverrides", "metadata", "schedulePlan"):
        if _no_object(body.get(field)):
            raise VapiRefused([f"{field} must be an object"])
    customer = body.get("customer")
    if not isinstance(customer, dict) or not _E164.fullmatch(str(customer.get("number", ""))):
        raise VapiRefused(["customer.number must be a valid phone number in the E.164 format"])
    for field in ("name", "email", "externalId"):
        if len(str(customer.get(field) or "")) > LONGEST_NAME:
            raise VapiRefused([f"customer.{field} must be shorter than or equal to {LONGEST_NAME} characters"])
    if not body.get("assistantId") and not body.get("assistant"):
        raise VapiRefused("Need Either `assistantId`, `assistant`, `squadId` Or `squad`.")
    if not body.get("phoneNumberId"):
        raise VapiRefused("Need Either `phoneNumberId` Or `phoneNumber`.")


def _no_object(value: object) -> bool:
    return value is not None and not isinstance(value, dict)


def proof(plan: Plan, secret: str, *, body: bytes, url: str, seconds: int, message_id: str) -> dict[str, str]:
    """Return the headers by which a webhook proves itself, as an `authenticationPlan` of Vapi says.

    `seconds`: Unix time; `message_id`: what stands for `{svix-id}`.
    """
    if plan.get("type") == "bearer":
        prefix = "Bearer " if plan.get("bearerPrefixEnabled", True) else ""
        return {str(plan.get("headerName", "Authorization")): prefix + secret}
    if plan.get("type") != "hmac":
        return {}
    pieces = {"{body}": body, "{timestamp}": str(seconds).encode(), "{method}": b"POST", "{url}": url.encode()}
    pieces["{svix-id}"] = message_id.encode()
    layout = str(plan.get("payloadFormat", "{timestamp}.{body}" if plan.get("includeTimestamp", True) else "{body}"))
    signed = b"".join(pieces.get(part, part.encode()) for part in re.split(r"(\{[a-z-]+\})", layout))
    key = base64.b64decode(secret.removeprefix("whsec_")) if plan.get("secretIsBase64") else secret.encode()
    drawn = hmac.new(key, signed, getattr(hashlib, str(plan.get("algorithm", "sha256"))))
    in_base64 = plan.get("signatureEncoding") == "base64"
    text = base64.b64encode(drawn.digest()).decode() if in_base64 else drawn.hexdigest()
    headers = {str(plan.get("signatureHeader", "x-signature")): str(plan.get("signaturePrefix", "")) + text}
    if plan.get("includeTimestamp", True):
        headers[str(plan.get("timestampHeader", "x-timestamp"))] = str(seconds)
    if plan.get("messageIdHeader"):
        headers[str(plan["messageIdHeader"])] = message_id
    return headers
