"""The limiter of a process: counts, decides, and tells what it would decide."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

from app.core.config import Settings
from app.core.controls import Controls
from app.core.limits.bounds import Bounds
from app.core.limits.callers import Caller, caller_of, sender_of
from app.core.limits.memory import Memory
from app.core.limits.policies import policy_of
from app.core.limits.refused import Refused
from app.core.limits.verdicts import Verdict
from app.core.signals import Signals

if TYPE_CHECKING:
    from app.core.limits.shared import Shared

STATUS = "/api/rate-limit/status"
MOST_AGREED = 10_000
WEBHOOKS, UNPROVEN = "/webhooks/", 401


class Limits:
    """Counts requests by policy and identity: in this process, or with `REDIS_URL` for all of them together.

    `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        controls: Controls,
        signals: Signals,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.bounds = Bounds(settings.rate_limits, controls, secret=secret)
        self.operational: frozenset[str] = frozenset()
        """The heads of the operational endpoints."""
        self.refused = Refused()
        self.memory = Memory()
        url = settings.redis_url
        self.shared = None if url is None else _shared(url.get_secret_value(), self.memory)
        self.hops = settings.trusted_proxy_hops
        self._signals = signals
        self.agreed: dict[str, int] = {}
        """What keys have been given in place of the usual, as far as this process has seen them."""

    def caller(self, scope: Scope) -> Caller:
        """Return who sends a request."""
        return caller_of(scope, hops=self.hops)

    async def admit(self, scope: Scope) -> Verdict:
        """Count a request under the policy of its route and its sender; an operator's look at the status is free.

        A key that may be good and is unknown here passes uncounted, `pending`, unless its address has used up what
        bad keys may: a process that has just begun, or has lost what it knew, knows none of those that are good.
        A webhook always passes, for it would be lost: its address pays only if it proves to be nobody's.
        """
        caller = self.caller(scope)
        if scope["path"].startswith(WEBHOOKS):
            return replace(await self.read("public", caller.identity), passed=True, pending=True)
        if caller.standing != "claimed":
            return self._noted(await self._count(scope, caller))
        verdict = await self.read("default", caller.identity)
        return self._noted(replace(verdict, passed=verdict.remaining > 0, pending=True))

    async def settle(self, scope: Scope, status: int, pending: Verdict) -> Verdict:
        """Count a request that was let through `pending`, once its answer is known; it is not refused any more.

        A key that turned out to be good pays for itself; else its address pays, whatever the answer: paths that
        ask for no key too. Nobody pays where nobody could tell (5xx), or if the key was forgotten meanwhile.
        """
        caller = self.caller(scope)
        if scope["path"].startswith(WEBHOOKS) and status != UNPROVEN:
            return pending
        if caller.standing == "claimed" and (status >= 500 or "principal" in scope.get("state", ())):
            return pending
        return await self._count(scope, caller)

    async def _count(self, scope: Scope, caller: Caller) -> Verdict:
        method, path = scope["method"], scope["path"]
        policy = policy_of(method, path, caller.standing, operational=self.operational)
        if caller.standing == "verified":
            self._agree(caller)
            if caller.is_operator and path == STATUS and method in {"GET", "HEAD"}:
                return await self.read(policy, caller.identity)
        return await self._hit(policy, caller.identity, agreed=caller.agreed)

    async def _hit(self, policy: str, identity: str, *, agreed: int | None = None) -> Verdict:
        """Count a request, if it passes. `agreed`: what the identity's own key has been given."""
        now = self.clock()
        key = f"{policy}/{self.bounds.bucket(identity)}"
        limit, control = self.bounds.of(policy, identity, agreed=agreed, now=now)
        if self.shared is None:
            passed, window = self.memory.hit(key, limit, now=now)
        else:
            passed, window = await self.shared.hit(key, limit, now=now)
        return Verdict(policy, identity, limit, window, now, passed, control)

    async def charge(self, policy: str, identity: str) -> None:
        """Count what a handler has found out about: a webhook of `account:…`, once its signature is checked.

        Raises:
            RateLimited: it is one too many.
        """
        verdict = self._noted(await self._hit(policy, identity))
        if not verdict.passed:
            raise verdict.refusal()

    def guard(self, scope: Scope) -> bool:
        """Count a probe, in this process alone and without waiting; return whether its address asks too often."""
        now, identity = self.clock(), sender_of(scope, hops=self.hops)
        limit, control = self.bounds.of("health", identity, agreed=None, now=now)
        passed, window = self.memory.hit(f"health/{self.bounds.bucket(identity)}", limit, now=now)
        return not self._noted(Verdict("health", identity, limit, window, now, passed, control)).passed

    async def read(self, policy: str, identity: str) -> Verdict:
        """Return where a counter stands; nothing is counted."""
        now = self.clock()
        key = f"{policy}/{self.bounds.bucket(identity)}"
        limit, control = self.bounds.of(policy, identity, agreed=self.agreed.get(identity), now=now)
        if self.shared is None or policy == "health":
            window = self.memory.read(key, now=now)
        else:
            window = await self.shared.read(key, now=now)
        return Verdict(policy, identity, limit, window, now, True, control)

    async def forget(self, bucket: str) -> None:
        """Count anew, from nothing, for whom a bucket belongs to: here, and in the shared counters."""
        self.forget_here(bucket)
        if self.shared is not None:
            for policy in self.bounds.policies:
                await self.shared.clear(f"{policy}/{bucket}")

    def forget_here(self, bucket: str) -> None:
        """Do so in this process alone: the shared counters are cleared once, by whom the order reached."""
        for policy in self.bounds.policies:
            self.memory.clear(f"{policy}/{bucket}")

    async def size(self) -> tuple[int, int]:
        """Return how many counters there are, and how many of them have counted in the present window."""
        shared = None if self.shared is None else await self.shared.size()
        return self.memory.size(now=self.clock()) if shared is None else (shared, shared)

    async def mend(self) -> None:
        """Look whether the shared counters are back, if they were lost; a turn of the background."""
        if self.shared is not None:
            await self.shared.mend()

    async def close(self) -> None:
        """Let go of connections."""
        if self.shared is not None:
            await self.shared.close()

    def figures(self) -> dict[str, Any]:
        """Return this process' numbers; nobody is named in them."""
        now = self.clock()
        counters, active = self.memory.size(now=now)
        return {
            "backend": "memory" if self.shared is None else "redis",
            "healthy": self.shared is None or self.shared.healthy,
            "rejected5m": self.refused.total(now=now),
            "counters": counters,
            "activeWindows": active,
            "uncounted": self.memory.uncounted,
        }

    def _agree(self, caller: Caller) -> None:
        """Remember what a key has been given, for those who ask about it later."""
        if caller.agreed is None:
            self.agreed.pop(caller.identity, None)
        elif caller.identity in self.agreed or len(self.agreed) < MOST_AGREED:
            self.agreed[caller.identity] = caller.agreed

    def _noted(self, verdict: Verdict) -> Verdict:
        if not verdict.passed:
            self.refused.add((verdict.policy, verdict.identity), now=verdict.at)
            self._signals.count("rate_limited", verdict.policy)
        return verdict


def _shared(url: str, memory: Memory) -> "Shared":
    """Return the shared counters. Their client brings OpenTelemetry's SDK along: imported only where it is used."""
    from app.core.limits.shared import Shared

    return Shared(url, memory)
