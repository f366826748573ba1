"""What the doctor prints, for people and for programs."""

import json
from collections.abc import Sequence
from datetime import datetime
from textwrap import wrap

from app.core.clock import iso
from app.ops.doctor.rules.findings import Finding, worst

STATUS = ("healthy", "degraded", "down")
WIDTH = 100
"""Columns for what is wrong; commands are never broken, for they are copied."""


def as_json(findings: Sequence[Finding], *, url: str, now: datetime) -> str:
    """Return one JSON document; `exitCode` is that of the command."""
    severity = worst(findings)
    return json.dumps(
        {
            "status": STATUS[severity],
            "exitCode": int(severity),
            "url": url,
            "timestamp": iso(now),
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity.name,
                    "certainty": finding.certainty.value,
                    "what": finding.what,
                    "next": finding.next,
                    "runbook": finding.runbook,
                }
                for finding in findings
            ],
        }
    )


def as_text(findings: Sequence[Finding], *, url: str) -> str:
    """Return a table for people: how bad, how sure, what is wrong, and below it what to do."""
    lines = [f"{STATUS[worst(findings)]}: {url}"]
    for finding in findings:
        first, *others = wrap(finding.what, WIDTH) or [""]
        lines += [
            f"{finding.severity.name:<9} {finding.certainty.value:<9} {first}",
            *(f"{'':<20}{line}" for line in others),
            f"{'':<20}next: {finding.next}",
            f"{'':<20}runbook: {finding.runbook}; code: {finding.code}",
        ]
    return "\n".join(lines)
