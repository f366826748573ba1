"""Whether the service answers, and who answers in its place."""

import shlex
from collections.abc import Iterator

from app.ops.doctor.rules.facts import Answer, Facts, Failure, word, words
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity

_UNREACHED = {
    Failure.refused: (
        "service_refuses",
        Certainty.certain,
        "Nothing takes connections at {url}: the service is not running, or listens elsewhere.",
    ),
    Failure.name_unknown: ("service_name_unknown", Certainty.certain, "The name in {url} does not resolve from here."),
    Failure.silent: (
        "service_silent",
        Certainty.likely,
        "{url} gave no answer in time: the process is stuck, the machine is gone, or a free instance on Render was"
        " asleep (it takes up to a minute to wake).",
    ),
    Failure.tls: ("service_tls", Certainty.certain, "No secure connection to {url} came about."),
    Failure.closed: ("service_closed", Certainty.likely, "{url} closes connections without an answer."),
    Failure.other: ("service_unreachable", Certainty.certain, "{url} cannot be asked."),
}

_INSTEAD = {
    "no-server": "there is no running instance behind this address",
    "suspend": "the service is suspended",
    "hibernate": "the free instance is asleep or being woken",
}


def service_findings(facts: Facts) -> Iterator[Finding]:
    """Say whether the service can be reached and is itself."""
    live = facts.answer("/health/live")
    if live.failure is not None:
        yield _unreached(facts, live.failure)
    elif live.status is not None and 300 <= live.status < 400:
        what = f"{facts.url} sends elsewhere: ask for the address that it means, usually with https://."
        yield Finding("service_redirects", Severity.down, Certainty.certain, what, _look(facts), Section.failure)
    elif live.status is not None and not facts.alive:
        yield _another(facts, live)
    elif live.status == 503:
        what = "The process answers that it is stuck: its event loop stood still for seconds."
        yield Finding("process_stuck", Severity.down, Certainty.certain, what, "Restart the service.", Section.cpu)
    else:
        yield from _readiness(facts)


def _unreached(facts: Facts, failure: Failure) -> Finding:
    code, certainty, what = _UNREACHED[failure]
    beside = ""
    if facts.database is not None and facts.database.reached:
        beside = " The database answers, so it is the service alone."
    step = "booking serve" if failure is Failure.refused and "127.0.0.1" in facts.url else _look(facts)
    return Finding(code, Severity.down, certainty, what.format(url=facts.url) + beside, step, Section.failure)


def _another(facts: Facts, live: Answer) -> Finding:
    routing = live.routing or ""
    why = next((meaning for sign, meaning in _INSTEAD.items() if sign in routing), None)
    if why is not None:
        what = f"Render answers {live.status} in the service's place: {why}."
        step = "See the service in Render's dashboard: resume it, or read why the last deploy failed."
        return Finding("service_paused", Severity.down, Certainty.certain, what, step, Section.failure)
    what = f"Something else than this service answers at {facts.url} (status {live.status})."
    return Finding("not_the_service", Severity.down, Certainty.likely, what, _look(facts), Section.failure)


def _readiness(facts: Facts) -> Iterator[Finding]:
    """Say why a living process is not to be sent requests, save for its database, of which others speak."""
    answer = facts.answer("/health/ready")
    if answer.status != 503:
        return
    reason = word(answer.said, "reason")
    meanings = {
        "shutting_down": (Severity.degraded, "This instance is being stopped; the next one should take over."),
        "starting": (Severity.degraded, "This instance is still starting."),
        "event_loop_stalled": (Severity.down, "The event loop stood still for seconds."),
    }
    severity, what = meanings.get(reason or "", (Severity.down, f"The service is not ready: {words(reason)}."))
    if reason not in {"migrations_pending", "database_unavailable"}:
        step = f"curl -s {shlex.quote(facts.url + '/health/ready')}"
        yield Finding("service_not_ready", severity, Certainty.certain, what, step, Section.failure)


def _look(facts: Facts) -> str:
    return f"curl -sv -m 5 {shlex.quote(facts.url + '/health/live')}"


def key_findings(facts: Facts) -> Iterator[Finding]:
    """Say when the doctor was not let in, so that little could be seen."""
    if not facts.alive:
        return
    if not facts.key_given:
        what = "No key: only the probes were asked."
        step = f"export API_KEY=...; {facts.again}"
        yield Finding("no_key", Severity.note, Certainty.certain, what, step, Section.failure)
        return
    statuses = {answer.status for path, answer in facts.answers.items() if path.startswith("/api/")}
    if 401 in statuses:
        what = "The service refuses this key: it is unknown, revoked, expired, or of another service."
        step = "export API_KEY=...   # the service's OPERATOR_API_KEY, or one of: booking keys list"
        yield Finding("key_refused", Severity.degraded, Certainty.certain, what, step, Section.errors)
    if 403 in statuses:
        what = "The key lacks the scope ops:read, so little could be seen."
        step = "booking keys create --scope ops:read --name doctor"
        yield Finding("key_lacks_scope", Severity.degraded, Certainty.certain, what, step, Section.errors)
    if 429 in statuses:
        what = "Some of the doctor's own questions were over the rate limit."
        yield Finding("asked_too_often", Severity.note, Certainty.certain, what, facts.again, Section.errors)


def gaps(facts: Facts) -> Iterator[Finding]:
    """Name the addresses that should have answered and did not: what they would tell is unknown."""
    if not facts.alive:
        return
    expected = {200, 401, 403, 429}
    for path, answer in sorted(facts.answers.items()):
        code = word(answer.said, "code")
        refused_for_database = answer.status == 503 and code in {"database_unavailable", "too_many_connections"}
        told = path.startswith("/health/") or (path.startswith("/api/health/") and answer.status == 503)
        if answer.status in expected or refused_for_database or told:
            continue
        severity = Severity.note if answer.status == 404 else Severity.degraded
        why = f"status {answer.status}" if answer.status else str(answer.failure and answer.failure.value)
        what = f"{path.partition('?')[0]} could not be asked ({why}): what it would tell is unknown."
        yield Finding("unknown", severity, Certainty.certain, what, facts.ask(path), Section.errors)
