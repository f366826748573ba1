"""Bring back a database or a version at Render."""

from app.ops.render.service.windows import window

__all__ = ["window"]
