"""How a service is, from what it answers to a strict probe, and what of that is news."""

from dataclasses import dataclass
from enum import IntEnum

from app.ops.doctor.rules.facts import Answer, items, texts, word, words

MOST_REASONS = 5


class State(IntEnum):
    """How it is; the number is the exit code of `booking ops watch --once`."""

    healthy = 0
    degraded = 1
    down = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """How a service is and why, in codes; two that are equal are no news."""

    state: State
    reasons: tuple[str, ...] = ()


def judge(probe: Answer, detailed: Answer | None, *, strict: bool) -> Seen:
    """Return how a service is. `detailed` is None without a key; `strict` takes degraded for down."""
    if probe.failure is not None:
        return Seen(State.down, (f"no_answer:{probe.failure.value}",))
    if probe.status != 200:
        reason = words(probe.said.get("reason") or f"status:{probe.status}", most=60)
        return Seen(State.down, (reason,))
    reasons = () if detailed is None else _complaints(detailed)
    if word(probe.said, "status") == "degraded":
        reasons = reasons or ("degraded",)
    if not reasons:
        return Seen(State.healthy)
    return Seen(State.down if strict else State.degraded, reasons)


def _complaints(detailed: Answer) -> tuple[str, ...]:
    if detailed.failure is not None:
        return (f"detailed_no_answer:{detailed.failure.value}",)
    if detailed.status in {401, 403}:
        return ("key_refused",)
    if detailed.status == 429:
        return ()
    overall = word(detailed.said, "overall")
    if detailed.status == 200 and overall == "healthy":
        return ()
    alerts = [each.get("rule") for each in items(detailed.said, "alerts")]
    named = [*texts(detailed.said, "degradedReasons"), *(words(name, most=60) for name in alerts if name)]
    told = tuple(dict.fromkeys(named))[:MOST_REASONS]
    return told or (words(overall or f"detailed_status:{detailed.status}", most=60),)
