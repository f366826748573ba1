"""A client whose jobs the test itself does: the queue is shared by all tests of a process, and no runner takes part."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from app.core.clock import utcnow
from app.jobs.errors import PermanentFailure, TryLater
from app.jobs.outbox import subscriptions
from tests.bookings.conftest import Desk
from tests.sandbox import Outside

JOBS = """
SELECT id, entrypoint, payload, execute_after FROM pgqueuer
WHERE status = 'queued' AND entrypoint LIKE :room AND convert_from(payload, 'utf8') LIKE :about AND id > :after
ORDER BY id
"""


@dataclass
class OwnWork:
    """A client with accounts at the stand-ins, and who does its jobs; `room` is how their names begin."""

    room: ClassVar[str]

    desk: Desk
    sessions: Any
    sql: Callable[..., Awaitable[list[Any]]]
    outside: Outside
    failures: list[Exception] = field(default_factory=list)

    @property
    def client_id(self) -> UUID:
        return self.desk.client.id

    async def work(self, *, now: datetime | None = None, rounds: int = 5) -> int:
        """Do the client's jobs that are due once, and those that they leave; return how many. Failed ones are kept."""
        done, after = 0, 0
        for _ in range(rounds):
            for job in await self.sql(JOBS, room=f"{self.room}.%", about=f"%{self.client_id}%", after=after):
                after = max(after, job.id)
                if job.execute_after <= utcnow():
                    event = next(each for each in subscriptions if each.name == job.entrypoint).reads
                    if await self.do(job.entrypoint, event.validate_json(job.payload), now=now):
                        await self.sql("DELETE FROM pgqueuer WHERE id = :id", id=job.id)
                        done += 1
        return done

    async def do(self, name: str, event: Any, *, now: datetime | None = None) -> bool:
        """Do a job of that name for an event; return whether it ended well."""
        handle = next(each.handle for each in subscriptions if each.name == name)
        try:
            async with self.sessions() as session:
                await handle(session, event, now=now or utcnow())
                await session.commit()
        except (TryLater, PermanentFailure) as failure:
            self.failures.append(failure)
            return False
        return True
