"""How many connections the service may need at most, beside how many the server has."""

from dataclasses import dataclass

OPERATIONS, LIFELINE = 2, 1
"""Connections of each process beside its pool."""
WORKER_POOL = 8
"""Connections of a worker; `jobs.queue.Pace.connections`."""
DEPLOY_OVERLAP = 2
"""While a deploy goes on, every process is there twice for a minute: the old one beside the new."""
BACKUP = 8
"""Beside a worker's own, one of each in the whole service: a backup (2), a drill (5), a look at the data (1)."""
CRON, ADMIN = 1, 5
"""For the round of the doctor, and for people who look."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The worst case. `limit` is what the server has for ordinary roles: `max_connections` without its reserves."""

    instances: int
    processes: int
    pool: int
    limit: int
    operations: int = OPERATIONS
    lifeline: int = LIFELINE
    deploy_overlap_factor: int = DEPLOY_OVERLAP
    worker: int = (WORKER_POOL + OPERATIONS + LIFELINE) * DEPLOY_OVERLAP
    backup: int = BACKUP
    cron: int = CRON
    admin: int = ADMIN

    @property
    def per_process(self) -> int:
        """Connections of one web process."""
        return self.pool + self.operations + self.lifeline

    @property
    def required(self) -> int:
        """Connections of all together when every pool is full and a deploy goes on."""
        web = self.instances * self.processes * self.per_process * self.deploy_overlap_factor
        return web + self._beside

    @property
    def _beside(self) -> int:
        return self.worker + self.backup + self.cron + self.admin

    @property
    def fits(self) -> bool:
        """Whether the server has as many."""
        return self.required <= self.limit

    @property
    def largest_pool(self) -> int:
        """The largest `DB_POOL_MAX` that fits; below 1 where none does."""
        web = self.instances * self.processes * self.deploy_overlap_factor
        return (self.limit - self._beside) // web - self.operations - self.lifeline
