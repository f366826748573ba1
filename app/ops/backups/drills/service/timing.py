"""How long each step of a drill took."""

from time import monotonic

from app.core.progress import Progress


class Stopwatch:
    """Hands progress on, and takes down when each stage began: it lasts until the next one does."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._began = monotonic()
        self._stages: dict[str, float] = {}

    def __call__(self, stage: str, done: int = 0, total: int | None = None, /) -> None:
        """Take down that a stage has come so far."""
        self._stages.setdefault(stage, monotonic())
        self._report(stage, done, total)

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return round(monotonic() - self._began, 3)

    def steps(self) -> dict[str, float]:
        """Return the seconds of each stage until now."""
        names, starts = list(self._stages), list(self._stages.values())
        ends = [*starts, monotonic()][1:]  # of a drill that ended before its first stage: none
        return {name: round(end - start, 3) for name, start, end in zip(names, starts, ends, strict=True)}
