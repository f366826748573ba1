"""Stand-ins beside this process, in the place of accounts that are not set: who serves them writes down their use.

So a command in another terminal does what it says, at the stand-in, without a setting; never where real customers are.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.core.config import Settings

RUNNING = Path("var") / "running.json"
"""Where things are on this machine, for its owner alone."""

_NAMING = {
    "twilio": ("twilio_account_sid", "twilio_auth_token"),
    "vapi": ("vapi_api_key", "vapi_webhook_secret"),
    "mail": ("smtp_url",),
}
_TAKEN = {
    "twilio": frozenset({"twilio_account_sid", "twilio_auth_token", "twilio_api_url"}),
    "vapi": frozenset({"vapi_api_key", "vapi_webhook_secret", "vapi_webhook_plan", "vapi_api_url"}),
}
_SECRET = frozenset({"twilio_auth_token", "vapi_api_key", "vapi_webhook_secret"})


def unnamed(settings: Settings) -> frozenset[str]:
    """Return the accounts that the settings do not name at all; in production none is stood in for."""
    if settings.env == "production":
        return frozenset()
    return frozenset(api for api, names in _NAMING.items() if not any(getattr(settings, name) for name in names))


def with_stand_ins(settings: Settings, path: Path = RUNNING) -> Settings:
    """Return the settings with the accounts of stand-ins that are served now, for each that they do not name."""
    content = _content(path)
    if content is None or not is_alive(content.get("process")):
        return settings
    accounts, service = content.get("accounts"), content.get("service")
    chosen: dict[str, Any] = {}
    for api, names in _TAKEN.items():
        known = accounts.get(api) if isinstance(accounts, dict) else None
        if api in unnamed(settings) and isinstance(known, dict) and _is_here(known.get(f"{api}_api_url")):
            chosen |= {name: _read(name, value) for name, value in known.items() if name in names}
    if chosen and not settings.public_url and _is_here(service):
        chosen["public_url"] = service
    return settings.model_copy(update=chosen)


def written(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they are written down; the file is for its owner alone."""
    return {name: each.get_secret_value() if isinstance(each, SecretStr) else each for name, each in settings.items()}


def is_alive(process: object) -> bool:
    """Return whether a process runs, by its number."""
    try:
        os.kill(int(str(process)), 0)
    except (OSError, OverflowError, ValueError):
        return False
    return True


def _content(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _read(name: str, value: Any) -> Any:
    return SecretStr(str(value)) if name in _SECRET else value


def _is_here(url: object) -> bool:
    """Return whether an address is of this machine."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
