"""Accounts that are left empty, as a host's form leaves them, are none."""

import pytest

from app.core.config import environment_name, load_settings

EMPTY = (
    *("public_url", "twilio_account_sid", "twilio_auth_token", "twilio_api_key", "twilio_api_secret"),
    *("vapi_api_key", "vapi_webhook_secret", "vapi_credential_id", "smtp_url", "email_from"),
)


@pytest.mark.parametrize("name", EMPTY)
def test_an_account_that_is_left_empty_is_none(name, monkeypatch):
    monkeypatch.setenv(environment_name(name), "")

    assert getattr(load_settings(), name) is None
