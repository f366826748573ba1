"""Failures to Sentry, where `SENTRY_DSN` says so: of what kind and where, never about whom.

Nothing of Sentry's own looks into requests, logs or libraries here: it is told of what we log with an exception, and
what leaves the process is picked member by member.
"""

import re
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.core.config import Settings, SettingsInvalid
from app.core.faults import fault
from app.core.logging import on_failure

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "server_name", "sdk", "tags")
_OF_A_FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app")
_OF_AN_EVENT = ("request_id", "logger", "event", "code", "part", "turn")

_PLAIN = re.compile(r"[\w.:-]{1,200}")
"""Ids, names and codes; what a library logs in sentences may hold values."""


def report_failures(settings: Settings) -> None:
    """Report each exception that is logged from here on; without a DSN nothing is even imported.

    Raises:
        SettingsInvalid: the DSN is none.
    """
    dsn = settings.sentry_dsn.get_secret_value().strip() if settings.sentry_dsn else ""
    if not dsn:
        return
    import sentry_sdk
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn=dsn,
            release=settings.commit or "unknown",
            environment=settings.env,
            server_name=settings.instance,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            before_send=_told,
        )
    except BadDsn:
        raise SettingsInvalid("SENTRY_DSN: must be the address that Sentry gives a project") from None
    if _report not in on_failure:
        on_failure.append(_report)


class Budget:
    """Allows so many a minute: in an outage of thousands of failures, telling of each would cost what is left."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._latest: deque[float] = deque(maxlen=a_minute)

    def allows(self) -> bool:
        """Return whether one more is allowed now, and count it if so."""
        now = self._clock()
        if len(self._latest) == self._latest.maxlen and now - self._latest[0] < 60:
            return False
        self._latest.append(now)
        return True


_budget = Budget(30)


def _report(failure: BaseException, event: Any) -> None:
    import sentry_sdk

    if not _budget.allows():
        return
    with sentry_sdk.new_scope() as scope:
        for name in _OF_AN_EVENT:
            if isinstance(event.get(name), str) and _PLAIN.fullmatch(event[name]):
                scope.set_tag(name, event[name])
        sentry_sdk.capture_exception(failure)


def _told(event: "Event", hint: "Hint") -> "Event | None":
    """Return what may leave: no messages, no values, no requests. None for what is not about an exception."""
    found = event.get("exception", {}).get("values")
    if not found or "exc_info" not in hint:
        return None
    told: Any = {name: value for name, value in event.items() if name in _KEPT}
    told["exception"] = {"values": [_without_values(each) for each in found]}
    told["exception"]["values"][-1]["value"] = fault(hint["exc_info"][1]).kind
    return told  # type: ignore[no-any-return]


def _without_values(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames") or []
    shown = [{name: frame[name] for name in _OF_A_FRAME if name in frame} for frame in frames]
    kept: dict[str, Any] = {name: exception[name] for name in ("type", "module") if name in exception}
    return {**kept, "stacktrace": {"frames": shown}} if shown else kept
