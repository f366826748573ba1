"""Read what this process counts, share it with the other processes of its instance, and write it out."""

from app.ops.metrics.service.exposing import Exposition
from app.ops.metrics.service.rendering import render
from app.ops.metrics.service.sharing import WRITE_SECONDS

__all__ = ["WRITE_SECONDS", "Exposition", "render"]
