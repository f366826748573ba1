"""What can be wrong with backups, how bad it is, and the command that mends it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "warning", "info"]

RUN, LIST, DRILL, KEYS = "booking backup run", "booking backup list", "booking backup drill", "booking backup keys"
VERIFY, PRUNE = "booking backup verify", "booking backup prune"

CRITICAL: dict[str, str] = {
    "no_backup_configured": (
        f"No store of backups is set here: set APP_BACKUP_URL and APP_BACKUP_RECIPIENT (`{KEYS}` makes a pair of keys)"
        f" for the service and its worker, then `{RUN}`."
    ),
    "no_backup_yet": f"There is no backup in the store: `{RUN}`; if there should be one, look at APP_BACKUP_URL first.",
    "backup_stale": f"The newest backup is older than twice the recovery point objective: `{RUN}` shows what is wrong.",
    "backup_unproven": (
        f"No backup was read to its end in the last 35 days, so none is proven: `{DRILL}`, or `{VERIFY} ID`,"
        " where APP_BACKUP_IDENTITY is set."
    ),
    "backup_unverified": f"The newest backup was never verified: `{VERIFY} {{id}}`.",
    "manifest_missing": (
        "Backup {id} has no manifest any more, without which nothing can be proven of it, nor restored from it: look at"
        f" who may delete in the store, then `{RUN}`."
    ),
    "database_unknown": "The database does not answer: this is told from the store alone. See `booking ops doctor`.",
    "store_unknown": (
        f"The store of backups has shown nothing for over a day: look at APP_BACKUP_URL and its keys, then `{LIST}`."
    ),
}
WARNINGS: dict[str, str] = {
    "backup_late": f"The newest backup is older than the recovery point objective of a day: `{RUN}`.",
    "drill_missing": f"No backup has ever been restored and tried: `{DRILL}`.",
    "drill_overdue": f"The last drill is more than 35 days ago: `{DRILL}`.",
    "recovery_slow": f"The last drill took longer than the recovery time objective: `{DRILL}` tells which step does.",
    "not_offsite": (
        "Backups lie on a disk of this machine and are lost with it: set APP_BACKUP_URL to s3://bucket/prefix,"
        f" then `{RUN}`."
    ),
    "not_encrypted": f"The newest backup is not encrypted: set APP_BACKUP_RECIPIENT (`{KEYS}`), then `{RUN}`.",
    "not_scheduled": f"No backup is made by schedule: set APP_BACKUP_URL for `booking worker`; until then `{RUN}`.",
    "schedule_late": "The schedule of backups does not run: look at `booking worker` and its log.",
    "schedule_failing": "The schedule of backups fails: look at the log of `booking worker`.",
    "clock_set_back": (
        "A backup is from the future: this machine's clock is wrong, or was then. Look at `date`;"
        f" `{LIST}` shows which, and it does not count until its time has come."
    ),
    "size_unusual": f"The newest backup is half as large again as usual, or half as small: `{LIST}`, and see why.",
    "store_unreachable": (
        "The store of backups does not answer; what is told is {age} old. Look at APP_BACKUP_URL, its endpoint and"
        f" its network, then `{LIST}`."
    ),
    "store_refused": (
        "The store of backups refuses its keys; what is told is {age} old. Look at AWS_ACCESS_KEY_ID and at what it"
        f" may do, then `{LIST}`."
    ),
    "deletes_refused": (
        "The store refuses to delete old backups, so they only grow: let a rule of its own expire them, or run"
        f" `{PRUNE}` with keys that may."
    ),
}
NOTES: dict[str, str] = {
    "backup_half_proven": (
        f"The newest backup was compared byte by byte but not read: `{VERIFY} {{id}}` where APP_BACKUP_IDENTITY is."
    ),
    "backup_being_verified": f"The newest backup is about to be verified; if that lasts, `{VERIFY} {{id}}`.",
    "drill_key_missing": (
        "The schedule makes no drills: APP_BACKUP_IDENTITY is not set where it runs. Set it for the worker, or run"
        f" `{DRILL}` elsewhere once a week."
    ),
    "unfinished_dumps": (
        f"There are {{count}} dumps without a manifest, of runs that ended before their end: the next `{RUN}` clears"
        " them away."
    ),
}
DAMAGED = (
    f"Backup {{id}} is no good: {{what}} Make another one: `{RUN}`; `{VERIFY} {{id}}` looks again. Delete {{id}}/ from"
    " the store when you know why."
)
DAMAGES: dict[str, str] = {
    "manifest_damaged": "its manifest cannot be read.",
    "manifest_edited": "its manifest was changed after it was written.",
    "manifest_sealed_elsewhere": "its manifest was sealed under another APP_SECRET_KEY than this one.",
    "artefact_missing": "its dump is not in the store any more.",
    "artefact_empty": "its dump is empty.",
    "artefact_truncated": "its dump has not the size that it was written with.",
}
"""What a listing and the manifests show by themselves."""
FAILED = "The last {kind} failed ({code}): {detail} `{command}` tries again."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, by a code, how bad it is, and what to do."""

    code: str
    severity: Severity
    hint: str


def problem(code: str, **words: object) -> Problem:
    """Return a problem by its code; `words` fill its hint."""
    for severity, hints in _BY_SEVERITY.items():
        if code in hints:
            return Problem(code, severity, hints[code].format(**words))
    raise KeyError(code)


def damage(code: str, severity: Severity, *, backup_id: object, what: str | None = None) -> Problem:
    """Return the problem of one backup that is no good."""
    return Problem(code, severity, DAMAGED.format(id=backup_id, what=what or DAMAGES[code]))


def length(seconds: float) -> str:
    """Return a duration in words: `45 s`, `12 min`, `3 h`, `4 days`."""
    for unit, size, most in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


_BY_SEVERITY: dict[Severity, dict[str, str]] = {"critical": CRITICAL, "warning": WARNINGS, "info": NOTES}
