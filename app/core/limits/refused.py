"""Who was refused of late: by the minute, without growing."""

from collections import Counter, deque

MINUTES = 5
MOST = 1_000
"""So many identities are told apart a minute; the others count in the sum alone."""

Refusal = tuple[str, str]
"""A policy and an identity."""


class Refused:
    """Refusals of the last `MINUTES`, in this process. Identities hold addresses: they go to nobody but operators."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, Counter[Refusal]]] = deque(maxlen=MINUTES)
        self._sums: Counter[int] = Counter()

    def add(self, refusal: Refusal, *, now: float) -> None:
        """Count one at an instant (seconds since the epoch)."""
        minute = int(now // 60)
        if not self._minutes or self._minutes[-1][0] < minute:
            self._minutes.append((minute, Counter()))
            self._sums = Counter({known: self._sums[known] for known, _ in self._minutes})
        latest, counts = self._minutes[-1]
        self._sums[latest] += 1
        if refusal in counts or len(counts) < MOST:
            counts[refusal] += 1

    def total(self, *, now: float) -> int:
        """Return how many there were."""
        return sum(self._sums[minute] for minute, _ in self._lately(now))

    def top(self, most: int, *, now: float) -> list[tuple[Refusal, int]]:
        """Return the most frequent."""
        whole: Counter[Refusal] = Counter()
        for _, counts in self._lately(now):
            whole.update(counts)
        return whole.most_common(most)

    def _lately(self, now: float) -> list[tuple[int, Counter[Refusal]]]:
        return [(minute, counts) for minute, counts in self._minutes if minute > now // 60 - MINUTES]
