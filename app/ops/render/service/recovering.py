"""Have Render make a database as the present one was at an instant."""

from datetime import datetime

from app.core.clock import iso
from app.integrations.render.api import Render
from app.integrations.render.errors import RenderOutcomeUnknown
from app.integrations.render.payloads import Instance
from app.ops.render.errors import InstantRefused, NotRecoverable, RestoreExists, RestoreUnfinished
from app.ops.render.rules import Refusal, instant, name_at, refusal
from app.ops.render.schemas import PointInTime, Restored
from app.ops.render.service.waiting import Waiting
from app.ops.render.service.windows import window

AVAILABLE = "available"
LOST = frozenset({"recovery_failed", "suspended"})


async def prepare(render: Render, postgres: str, to: str, name: str | None, *, now: datetime) -> tuple[datetime, str]:
    """Return the instant, and the name of the database to be made, when it can be; nothing is changed.

    Raises:
        InstantRefused: there is no such instant, or it is not within the window.
        NotRecoverable: Render has nothing to bring back.
        RestoreExists: there is a database of that name.
    """
    wanted = instant(to)
    _check(to, wanted, None, now)
    assert wanted is not None
    known = await window(render, postgres, now=now)
    if known.status != "AVAILABLE":
        raise NotRecoverable(_why_not(known))
    _check(to, wanted, known.recoverable_from, now)
    called = name or name_at(wanted)
    there = await render.instance_named(called)
    if there is not None:
        raise RestoreExists(
            f"There is a database {there.name} already ({there.id}, {there.status}): if an earlier try began it, wait"
            " for it; else give another --name."
        )
    return wanted, called


async def restore(render: Render, postgres: str, to: datetime, name: str, waiting: Waiting) -> Restored:
    """Have the database made, wait until it is available, and say what to do next.

    Raises:
        RenderOutcomeUnknown: Render did not say whether it has begun, and no database of that name is there.
        RestoreUnfinished: it failed, or takes longer than we wait.
    """
    began = await _begin(render, postgres, to, name)
    waiting.tell(f"{began.name} ({began.id}) is being made")
    made = await waiting.until(
        lambda: render.instance(began.id),
        lambda seen: f"{seen.name} is {seen.status}",
        lambda seen: seen.status == AVAILABLE or seen.status in LOST,
    )
    if made.status != AVAILABLE:
        hint = "make another" if made.status in LOST else "it goes on at Render: look at its page"
        raise RestoreUnfinished(f"{made.name} ({made.id}) is {made.status}: {hint}; the present database is untouched.")
    return Restored(
        id=made.id,
        name=made.name,
        status=made.status,
        restored_to=to,
        dashboard_url=made.dashboard_url,
        next=_next(made, postgres),
    )


async def _begin(render: Render, postgres: str, to: datetime, name: str) -> Instance:
    """Give the order once; where no answer came, the name tells whether it was heard."""
    try:
        return await render.recover(postgres, to=to, name=name)
    except RenderOutcomeUnknown:
        heard = await render.instance_named(name)
        if heard is None:
            raise RenderOutcomeUnknown(
                f"Render did not say whether it makes {name}, and shows none yet: look at its dashboard, then try again"
                " with the same --to, which makes no second one."
            ) from None
        return heard


def _check(said: str, wanted: datetime | None, since: datetime | None, now: datetime) -> None:
    why = refusal(wanted, since=since, now=now)
    if why is Refusal.too_old and since is not None:
        raise InstantRefused(f"{said} {why}, which begins at {iso(since)}.")
    if why is not None:
        raise InstantRefused(f"{said[:60]} {why}.")


def _why_not(known: PointInTime) -> str:
    if known.status == "BACKUP_NOT_READY":
        return "Render has no base backup of this database yet: a new one takes some hours; use an export meanwhile."
    if known.status == "NOT_AVAILABLE":
        return "This database's plan has no point-in-time recovery: use `booking backup restore`, and a paid plan."
    return "Render does not say that this database can be brought back: look at its dashboard."


def _next(made: Instance, postgres: str) -> list[str]:
    return [
        f"Take the internal database URL of {made.id} from its page, as NEW_URL.",
        "DATABASE_URL=$NEW_URL booking outbound pause: it would tell customers again what they have heard.",
        "DATABASE_URL=$NEW_URL booking backup erasures --apply: whoever was erased after that instant is in it again.",
        "DATABASE_URL=$NEW_URL booking integrity check",
        "Set DATABASE_URL of every service to it (their Environment pages) and deploy them.",
        "booking outbound resume --sent-until INSTANT, when the bookings are right (docs/recovery.md).",
        f"Set APP_RENDER_POSTGRES_ID to {made.id}.",
        f"Keep {postgres} until all is proven: deleting it deletes its backups.",
    ]
