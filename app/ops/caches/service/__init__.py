"""Use cases of caches: what they say of themselves, in how many processes, and what is set about them."""

from app.ops.caches.service.acting import named, obey, order_clearing, put_lifetime
from app.ops.caches.service.gathering import gauge, told
from app.ops.caches.service.reporting import override, stats

__all__ = ["gauge", "named", "obey", "order_clearing", "override", "put_lifetime", "stats", "told"]
