"""Use cases of attention: bring something up, list it, tick it off; keep what came in for nobody."""

from app.attention.service.items import bring_up, page, read, tick_off
from app.attention.service.personal import erase_attention, export_attention, forget_words
from app.attention.service.unrouted import keep_unrouted, page_unrouted

__all__ = [
    "bring_up",
    "erase_attention",
    "export_attention",
    "forget_words",
    "keep_unrouted",
    "page",
    "page_unrouted",
    "read",
    "tick_off",
]
