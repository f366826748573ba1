"""What Vapi tells the service of a call: `status-update` and `end-of-call-report`, as they come in practice."""

from datetime import datetime
from typing import Any

Thing = dict[str, Any]
PRICE_A_MINUTE = 0.09


def about(call: Thing, phone_number: Thing | None, *, now: datetime) -> Thing:
    """Return what every message has: the call as it was when it began, whatever its state is by now."""
    outside = ("artifact", "analysis", "subscriptionLimits", "endedReason", "startedAt", "endedAt")
    snapshot = {name: value for name, value in call.items() if name not in outside} | {"status": "queued"}
    common = {"timestamp": int(now.timestamp() * 1_000), "call": snapshot, "customer": call.get("customer")}
    return common | ({"phoneNumber": phone_number} if phone_number else {})


def status_update(call: Thing, phone_number: Thing | None, status: str, *, now: datetime) -> Thing:
    """Return the message that tells a call's state."""
    ended = {"endedReason": call.get("endedReason")} if status == "ended" else {}
    empty: Thing = {"artifact": {"messages": [], "messagesOpenAIFormatted": []}}
    return {
        "message": {**about(call, phone_number, now=now), "type": "status-update", "status": status, **ended, **empty}
    }


def end_of_call_report(call: Thing, phone_number: Thing | None, *, now: datetime) -> Thing:
    """Return the message that tells how a call went."""
    told = ("endedReason", "artifact", "analysis", "startedAt", "endedAt", "cost")
    report = {name: call[name] for name in told if name in call}
    return {"message": {**about(call, phone_number, now=now), "type": "end-of-call-report", **report}}


def finished(call: Thing, lines: list[tuple[str, str]], reason: str, *, began: datetime, ended: datetime) -> Thing:
    """Return what a call has once it is over; lines are (`bot` or `user`, what was said)."""
    speakers = {"bot": "AI", "user": "User"}
    start = began.timestamp() * 1_000
    minutes = (ended - began).total_seconds() / 60
    instants = {"startedAt": began, "endedAt": ended}
    return {
        "status": "ended",
        "endedReason": reason,
        "cost": round(minutes * PRICE_A_MINUTE, 4),
        "artifact": {
            "messages": [{"role": who, "message": said, "time": start, "secondsFromStart": 0} for who, said in lines],
            "transcript": "".join(f"{speakers[who]}: {said}\n" for who, said in lines),
            "recordingUrl": f"https://storage.vapi.ai/{call['id']}.wav",
        },
        "analysis": {"summary": f"A call of {len(lines)} lines."},
        **{name: at.isoformat(timespec="milliseconds").replace("+00:00", "Z") for name, at in instants.items()},
    }
