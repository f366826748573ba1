"""`booking demo`: create the demo and show its keys; and the greeting of `make run`."""

import asyncio
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from app.cli.demo.seeding import first_offer, seed
from app.core.clock import iso, utcnow
from app.core.config import Settings, SettingsInvalid
from app.core.db import create_engine, create_sessions
from app.core.security import local_secret

CUSTOMER = {"phone": "+447400123456", "name": "Sam Taylor"}


def seed_demo(settings: Settings) -> tuple[dict[str, Any], str, str]:
    """Create what is missing of the demo; return it, with a service and a start of it that is on offer.

    Raises:
        SettingsInvalid: in production, where nobody wants a demo's keys.
    """
    if settings.env == "production":
        raise SettingsInvalid("the demo is not for APP_ENV=production")
    return asyncio.run(_seed(settings))


async def _seed(settings: Settings) -> tuple[dict[str, Any], str, str]:
    engine = create_engine(settings, role="demo")
    try:
        async with create_sessions(engine).begin() as session:
            now = utcnow()
            demo = await seed(session, secret_of(settings), now=now)
            service_id, start = await first_offer(session, demo, now=now)
            return demo, service_id, iso(start)
    finally:
        await engine.dispose()


def secret_of(settings: Settings) -> str:
    """Return the secret of this machine, from which the demo's keys are derived."""
    return settings.secret_key.get_secret_value() if settings.secret_key else local_secret(Path("var"))


def as_table(demo: dict[str, Any]) -> str:
    """Return the demo for people."""
    lines = [f"operator key  {demo['operatorKey']}"]
    for client in demo["clients"]:
        lines += ["", f"{client['clientKey']}  ({client['timezone']})", f"  client key  {client['apiKey']}"]
        lines += [f"  line        {client['line'] or 'none'}"]
        lines += [f"  service     {service['id']}  {service['name']}" for service in client["services"]]
        lines += [f"  resource    {resource['id']}  {resource['name']}" for resource in client["resources"]]
    return os.linesep.join(lines)


def greeting(address: str, demo: dict[str, Any], service_id: str, start: str, *, sandbox: str | None) -> str:
    """Return what `make run` says once it serves: where, with which keys, and commands to paste.

    `sandbox`: where the stand-ins are; None where the accounts are real.
    """
    client = demo["clients"][0]
    key = f"-H 'X-API-Key: {client['apiKey']}'"
    body = json.dumps({"serviceId": service_id, "startsAt": start, "customer": CUSTOMER})
    following = (date.fromisoformat(start[:10]) + timedelta(days=1)).isoformat()
    span = f"from={start}&to={following}T00:00:00Z"
    made = f"curl -s {key} '{address}/api/bookings?status=confirmed&updatedSince={iso(utcnow())}&limit=1'"
    first_id = """grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4"""
    return f"""
Serving on    {address}
API           {address}/docs (description: {address}/openapi.json)
Operator key  {demo["operatorKey"]}
Client key    {client["apiKey"]} ({client["clientKey"]})
Others        .venv/bin/booking demo
{_channels(sandbox)}
What is on offer:
  curl -s {key} '{address}/api/availability?serviceId={service_id}&{span}&limit=5'

Book it:
  curl -s {key} -H 'Content-Type: application/json' -d '{body}' {address}/api/bookings

Cancel it:
  curl -s {key} -X POST "{address}/api/bookings/$({made} | {first_id})/cancel"

Ctrl-C stops everything; the data stays in ./var.
"""


def _channels(sandbox: str | None) -> str:
    if sandbox is None:
        return "Texts, calls  through the accounts that are set: real ones\n"
    return f"""Stand-ins     {sandbox}/_sandbox for Twilio, Vapi and mail; nothing leaves this machine

Book by text, or by a call, in another terminal:
  .venv/bin/booking text
  .venv/bin/booking call
"""
