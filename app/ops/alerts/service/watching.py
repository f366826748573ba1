"""The watch of one process: evaluates the rules while it leads, and knows what the leader found while it follows."""

import logging
from collections.abc import Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.controls import Kind as Controlled
from app.core.handlers import database_problem
from app.core.ids import new_id
from app.core.patience import within
from app.ops.alerts.rules.catalogue import BY_NAME, RULES
from app.ops.alerts.rules.lives import Alert, Kind, Status, advance, due
from app.ops.alerts.rules.measuring import Facts, measure
from app.ops.alerts.rules.pages import Page, compose, summary
from app.ops.alerts.rules.terms import Measure, Severity
from app.ops.alerts.service import reading, storing
from app.ops.alerts.service.delivering import Courier
from app.ops.alerts.service.leading import Leadership, Standing
from app.ops.process import Process

logger = structlog.get_logger()

REMEMBERED = timedelta(days=1)
FRESH = timedelta(seconds=60)
PATIENCE_SECONDS = 2.0
"""So long the database has for each step of a turn; after one that failed the process goes on from what it knows."""
LEVELS = {Severity.info: logging.INFO, Severity.warning: logging.WARNING, Severity.critical: logging.ERROR}


@dataclass(slots=True)
class Watch:
    """What one process knows of alerts. `turn` is taken every 10 s by every process."""

    process: Process
    courier: Courier
    leadership: Leadership
    standby: bool = False
    """Whether it leads only while no web process lives: for workers, which count no requests."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    """Those that are not resolved, by rule."""
    over: dict[UUID, Alert] = field(default_factory=dict)
    """Those of this process that were resolved in the last day."""
    measures: dict[str, Measure] = field(default_factory=dict)
    """What rules were last held against here."""
    standing: Standing = Standing.follows
    evaluated_at: datetime | None = None
    burning: reading.Burning = field(default_factory=reading.Burning)
    _unsaved: dict[UUID, Alert] = field(default_factory=dict)
    _unsaved_pages: dict[UUID, Page] = field(default_factory=dict)
    _fresh: list[Page] = field(default_factory=list)

    async def turn(self, *, now: datetime) -> None:
        """Evaluate every rule, if this process leads; else look at what the leader has found."""
        self.standing = await self._claim(now)
        reached = self.standing is not Standing.alone and await self._managed(self._catch_up(now))
        if self.standing is not Standing.follows:
            await self._evaluate(now, reached=reached)

    async def _claim(self, now: datetime) -> Standing:
        if self.standby and await self._is_served(now):
            await self.leadership.let_go()
            return Standing.follows
        return await self.leadership.claim()

    async def _is_served(self, now: datetime) -> bool:
        """Return whether a web process lives; with the database away, whoever led goes on."""
        try:
            return await within(PATIENCE_SECONDS, self._count_serving(now)) > 0
        except (SQLAlchemyError, OSError) as failure:
            if database_problem(failure) is None:
                raise
        return self.standing is Standing.follows

    async def _count_serving(self, now: datetime) -> int:
        async with self._session() as session:
            return await reading.serving(session, now=now)

    async def _catch_up(self, now: datetime) -> None:
        """Write what could not be written before, then go on from what the table says."""
        await self._save()
        async with self._session() as session:
            self.alerts = await storing.standing(session)
            unsent = await storing.unsent(session, now=now) if self.standing is Standing.leads else []
        if self.standing is Standing.leads:
            self.courier.take(unsent)
        else:
            self.courier.drop()

    async def _evaluate(self, now: datetime, *, reached: bool) -> None:
        facts, reached = await self.facts(now) if reached else (self._own_facts(), False)
        self.measures = measure(facts)
        muted = {control.target for control in self.process.controls.in_force(Controlled.mute, now=now)}
        for rule in RULES:
            if rule.name in self.measures:
                standing = self.alerts.get(rule.name)
                alert = advance(standing, rule, self.measures[rule.name], now=now, new_id=new_id())
                self._keep(standing, alert, muted=rule.name in muted, now=now)
        self.over = {
            each.id: each for each in self.over.values() if each.resolved_at and now - each.resolved_at < REMEMBERED
        }
        self.evaluated_at = now
        if reached:
            await self._managed(self._save())
        fresh, self._fresh = self._fresh, []
        self.courier.take(fresh)  # not before they are written: whoever leads next must not tell it again

    async def facts(self, now: datetime) -> tuple[Facts, bool]:
        """Return what rules are held against, and whether it is of all processes, not only of this one."""
        check = await self.process.lifeline.check()
        if check.up:
            try:
                return await within(PATIENCE_SECONDS, self._read(now)), True
            except (SQLAlchemyError, OSError) as failure:
                if database_problem(failure) is None:
                    raise
        return self._own_facts(), False

    def _own_facts(self) -> Facts:
        return reading.of_process(self.process, self.process.lifeline.last)

    async def _read(self, now: datetime) -> Facts:
        async with self._session() as session:
            facts = await reading.of_all(session, self.burning, now=now)
        return facts if self.standby else replace(facts, serving=None)  # whoever serves has not to be counted

    def _keep(self, standing: Alert | None, alert: Alert | None, *, muted: bool, now: datetime) -> None:
        """Remember a rule's alert as it is now, and tell people of it if it is time."""
        if alert is None:
            if standing is not None:
                del self.alerts[standing.rule]
                self._unsaved[standing.id] = replace(standing, status=Status.resolved, resolved_at=now, seen_at=now)
            return
        kind = due(alert, muted=muted)
        if kind is not None:
            alert = replace(alert, told=alert.severity)
            self._tell(alert, kind, now)
        self.alerts[alert.rule] = self._unsaved[alert.id] = alert
        if alert.status is Status.resolved:
            self.over[alert.id] = self.alerts.pop(alert.rule)

    def _tell(self, alert: Alert, kind: Kind, now: datetime) -> None:
        rule, settings = BY_NAME[alert.rule], self.process.settings
        origin = {"runbook": settings.runbook_url, "instance": settings.instance, "commit": settings.commit}
        page = self.courier.addressed(compose(alert, rule, kind, page_id=new_id(), now=now, origin=origin))
        level = logging.INFO if kind is Kind.resolved else LEVELS[alert.severity]
        facts: dict[str, Any] = {"kind": kind, "rule": rule.name, "severity": alert.severity.name, "page": str(page.id)}
        logger.log(level, "alert", summary=summary(alert, rule), value=alert.value, next=rule.commands[0], **facts)
        self._unsaved_pages[page.id] = page
        self._fresh.append(page)

    async def deliver(self, *, now: datetime) -> None:
        """Deliver what is due, and write down how it went."""
        await self.courier.deliver(now=now)
        if self.courier.ended and self.standing is Standing.leads:
            await self._managed(self._save())

    async def beat(self, *, now: datetime) -> None:
        """Tell the outside monitor that all is well, if this process leads and it is."""
        if self.well(now=now):
            await self.courier.beat(now=now)

    def well(self, *, now: datetime) -> bool:
        """Return whether somebody would be told if something were wrong: that is what the outside monitor watches."""
        fresh = self.evaluated_at is not None and now - self.evaluated_at < FRESH
        reached = self.process.lifeline.last is not None and self.process.lifeline.last.up
        stuck = any(page.attempts > 2 for page in self.courier.waiting.values())
        leads = self.standing is Standing.leads and not self.standby and not self.process.draining
        return leads and fresh and reached and not stuck

    def known_pages(self) -> list[Page]:
        """Return the messages that this process still knows of."""
        return list((self._unsaved_pages | self.courier.waiting | self.courier.ended).values())

    async def _managed(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do something with the database, in time; return whether that went well, the database being there."""
        try:
            await within(PATIENCE_SECONDS, work)
        except (SQLAlchemyError, OSError) as failure:
            if database_problem(failure) is None:
                raise
            return False
        return True

    async def _save(self) -> None:
        """Write what is not written yet; it is kept for the next time if that fails."""
        alerts, pages, ended = dict(self._unsaved), dict(self._unsaved_pages), dict(self.courier.ended)
        if not (alerts or pages or ended):
            return
        async with self._session() as session:
            await storing.save(session, alerts.values(), (pages | ended).values())
        _remove(self._unsaved, alerts.items())
        _remove(self._unsaved_pages, pages.items())
        _remove(self.courier.ended, ended.items())

    def _session(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self.process.sessions.begin()


def _remove(held: dict[UUID, Any], written: Iterable[tuple[UUID, Any]]) -> None:
    """Forget what was written, unless it has changed meanwhile."""
    for name, value in written:
        if held.get(name) is value:
            del held[name]
