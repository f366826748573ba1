"""What can be wrong with opening hours."""

from app.core.errors import Invalid, NotFound


class HoursOverlap(Invalid):
    """Two windows are open at the same time; the detail says when."""

    detail = "Two windows are open at the same time; windows may touch, but not overlap."


class WindowEmpty(Invalid):
    """A window ends at the time it starts."""

    detail = "A window ends at the time it starts; send 00:00 to 24:00 for a whole day."


class OverrideNotFound(NotFound):
    """On this date the resource keeps its weekly hours."""

    detail = "There is no override for this date; the weekly hours hold."
