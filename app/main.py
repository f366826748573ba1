"""The web process: every room's router behind one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

import app.attention.jobs
import app.bookings.jobs
import app.calls.outbound.jobs
import app.calls.reports.jobs
import app.messages.dialogue.jobs
import app.messages.jobs
import app.messages.letters.jobs
import app.messages.sending.jobs
import app.ops.samples.jobs  # noqa: F401 - register who hears of bookings, and what is done every so often
from app.attention.router import router as attention
from app.attention.router import unrouted
from app.audit.router import router as audit
from app.bookings.router import router as bookings
from app.bookings.stats.router import router as stats
from app.calls.outbound.router import router as outbound_calls
from app.calls.router import router as calls
from app.calls.router import webhooks as calls_of_vapi
from app.catalog.router import router as catalog
from app.clients.apart import authenticate_apart, claims, recognise
from app.clients.auth import authenticate
from app.clients.contact.router import router as contact
from app.clients.errors import (
    ClientInactive,
    ClientNotFound,
    ClientRequired,
    ConflictingKeys,
    ExpiredKey,
    MalformedKey,
    MissingKey,
    RevokedKey,
    UnknownKey,
)
from app.clients.router import router as clients
from app.core.auth import IDENTIFIED, IDENTIFIED_APART, InsufficientScope
from app.core.cache import info_of
from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import create_engine, create_sessions
from app.core.description import InCommon, describe
from app.core.errors import BodyTooLarge, MalformedJson, UnsupportedMediaType, ValidationFailed, problems
from app.core.garbage import settle
from app.core.handlers import DatabaseBusy, DatabaseUnavailable, DeadlineExceeded, add_handlers
from app.core.idempotency import AnswerUnreadable, IdempotencyKeyInvalid, IdempotencyKeyReused, add_replay
from app.core.limits.limiter import Limits
from app.core.limits.middleware import Limiter
from app.core.limits.policies import head
from app.core.limits.verdicts import RateLimited
from app.core.middleware import BodyLimit, RequestContext, route_templates
from app.core.security import Vault, local_secret
from app.core.telemetry import telemetry_of
from app.customers.consents.router import router as consents
from app.customers.router import router as customers
from app.messages.dialogue.router import webhooks as texts_of_twilio
from app.messages.reports.router import webhooks as reports_of_twilio
from app.messages.router import router as messages
from app.messages.templates.router import router as templates
from app.ops.probes.router import Probes
from app.ops.process import Process, create_process, leave
from app.ops.router import router as operations
from app.ops.wiring import equip
from app.schedule.hours.router import router as hours
from app.schedule.router import router as schedule

ROUTERS: tuple[APIRouter, ...] = (
    *(bookings, schedule, customers, catalog, hours, attention, calls, outbound_calls, messages, templates),
    *(consents, clients, contact, stats, audit, unrouted),
)
"""The busiest first: routes are tried one after the other."""

WEBHOOKS: tuple[APIRouter, ...] = (calls_of_vapi, reports_of_twilio, texts_of_twilio)
"""What others call, below /webhooks: no key opens these, each proves who calls by itself."""

OF_A_CLIENT = (
    *(bookings, schedule, customers, consents, catalog, hours),
    *(attention, calls, outbound_calls, messages, templates),
)
"""Where an operator has to name the client."""

IN_COMMON = InCommon(
    failures=(
        *(MissingKey, ConflictingKeys, MalformedKey, UnknownKey, RevokedKey, ExpiredKey),
        *(InsufficientScope, ClientInactive, ClientNotFound, ValidationFailed),
        *(RateLimited, DatabaseUnavailable, DatabaseBusy, DeadlineExceeded),
    ),
    failures_of_bodies=(MalformedJson, BodyTooLarge, UnsupportedMediaType),
    failures_of_retries=(IdempotencyKeyInvalid, IdempotencyKeyReused, AnswerUnreadable),
    parameters=(
        {
            "name": "X-Client-Key",
            "in": "header",
            "description": "Which client an operator's request is about; a client's own key needs none.",
            "schema": {"type": "string", "examples": ["demo-dental"]},
        },
    ),
)

DESCRIPTION = """
Appointments for small businesses: true availability, holds, bookings that never overlap.

Send a key as `X-API-Key` or `Authorization: Bearer`. A client's key implies its client; an operator
names one with `X-Client-Key`. Instants are UTC. Failures are `application/problem+json` with a stable
`code`.
"""


def create_app(settings: Settings) -> FastAPI:
    """Return the application; it opens no connection before the first request needs one."""
    process = create_process(settings, role="web")
    engine = create_engine(settings, role="web", recorder=process.recorder)
    telemetry = telemetry_of(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        process.start()
        settle()
        yield
        await process.stop()
        await leave(engine)
        await telemetry.close()
        await limits.close()

    app = FastAPI(
        title="Booking",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        telemetry=telemetry.config,
    )
    app.state.settings, app.state.clock = settings, utcnow
    app.state.engine = engine
    app.state.sessions = create_sessions(engine, info=info_of(process.caches))
    app.state.process = process
    app.state.resolve = authenticate
    app.state.resolve_apart = authenticate_apart
    app.state.recognise, app.state.claims = recognise, claims
    secret = settings.secret_key.get_secret_value() if settings.secret_key else local_secret(Path("var"))
    app.state.vault = Vault(secret)
    limits = Limits(settings, controls=process.controls, signals=process.signals, secret=secret)
    app.state.limits = limits
    _open_doors(app)
    equip(app, process)
    add_handlers(app)
    add_replay(app)
    _surround(app, settings, process)
    return app


def _surround(app: FastAPI, settings: Settings, process: Process) -> None:
    """Put round the routes what requests pass: what is added last is the first to see one."""
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes, most_of_webhooks=settings.max_webhook_bytes)
    app.add_middleware(Limiter, limits=app.state.limits)
    deadline = settings.request_deadline.total_seconds()
    app.add_middleware(RequestContext, deadline_seconds=deadline, recorder=process.recorder)
    app.add_middleware(Probes, process=process)


def _open_doors(app: FastAPI) -> None:
    """Include every room's routes; those of the operational plane ask for a key without the users' pool."""
    for router in ROUTERS:
        app.include_router(
            router,
            prefix="/api",
            dependencies=[IDENTIFIED],
            responses=problems(ValidationFailed, *((ClientRequired,) if router in OF_A_CLIENT else ())),
        )
    for router in WEBHOOKS:
        # Who calls these has a description of its own.
        app.include_router(router, prefix="/webhooks", include_in_schema=False)
    app.include_router(operations, dependencies=[IDENTIFIED_APART], responses=problems(ValidationFailed))
    app.state.limits.operational = frozenset(head(each.path or "") for each in iter_route_contexts(operations.routes))
    describe(app, IN_COMMON)
    app.state.route_templates = route_templates(app)
