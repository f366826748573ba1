"""What can be brought back, and which deploy came before: decided from what Render says, without asking it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.integrations.render.payloads import Deploy, Service

NOT_YET = timedelta(minutes=10)
"""Render cannot bring back what is more recent than this."""
EXPORTS_KEPT = timedelta(days=7)

LIVE, ONCE_LIVE = "live", "deactivated"
UNDER_WAY = frozenset({"created", "queued", "build_in_progress", "pre_deploy_in_progress", "update_in_progress"})
FAILED = frozenset({"build_failed", "pre_deploy_failed", "update_failed", "canceled"})
OFF = "off"


class Refusal(StrEnum):
    """Why something cannot be brought back."""

    unreadable = "is no instant in UTC: write it as 2026-11-23T10:15:00Z"
    future = "is in the future"
    too_recent = "is less than 10 minutes ago: Render cannot bring that back yet"
    too_old = "is before what Render can bring back"


def instant(text: str) -> datetime | None:
    """Return the instant that a text names with its offset, in UTC; None if it names none."""
    try:
        named = datetime.fromisoformat(text.strip())
        return named.astimezone(UTC) if named.tzinfo else None
    except (ValueError, OverflowError):
        return None


def recoverable_to(now: datetime) -> datetime:
    """Return the last instant that can be brought back."""
    return now - NOT_YET


def refusal(to: datetime | None, *, since: datetime | None, now: datetime) -> Refusal | None:
    """Return why a database cannot be brought back to an instant; None if it can, as far as is known."""
    if to is None:
        return Refusal.unreadable
    if to > now:
        return Refusal.future
    if to > recoverable_to(now):
        return Refusal.too_recent
    if since is not None and to < since:
        return Refusal.too_old
    return None


def name_at(to: datetime) -> str:
    """Return the name of a database that is as it was at an instant: the same order twice has one name."""
    return f"booking-at-{to:%Y%m%d-%H%M%S}"


def content(deploy: Deploy) -> str:
    """Return what a deploy was made of: the commit, or the image."""
    if deploy.commit:
        return deploy.commit.id
    return (deploy.image.sha or deploy.image.ref) if deploy.image else ""


def present(deploys: Sequence[Deploy]) -> Deploy | None:
    """Return the deploy that is live."""
    return next((deploy for deploy in deploys if deploy.status == LIVE), None)


def earlier(deploys: Sequence[Deploy]) -> Deploy | None:
    """Return the last deploy that was live before the present one and was made of something else; newest first."""
    now = present(deploys)
    if now is None:
        return None
    before = deploys[list(deploys).index(now) + 1 :]
    return next((each for each in before if each.status == ONCE_LIVE and content(each) != content(now)), None)


def under_way(deploys: Sequence[Deploy]) -> Deploy | None:
    """Return a deploy that has not ended; it would go live after whatever is done now."""
    return next((deploy for deploy in deploys if deploy.status in UNDER_WAY), None)


def trigger(service: Service) -> str:
    """Return what a service deploys by itself. Nothing counts as `off` unless all that is said of it says so."""
    older = {"no": OFF, "yes": "commit"}.get(service.auto_deploy or "")
    newer = service.auto_deploy_trigger or older
    if newer == OFF:
        return OFF if older in {None, OFF} else "unknown"
    return newer or "unknown"
