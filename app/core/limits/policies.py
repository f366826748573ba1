"""Which limits there are, and which one a request falls under: data, and two look-ups."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

WINDOW_SECONDS = 60
"""Every limit counts requests in a sliding window of this length."""

Per = Literal["address", "key", "account"]

Standing = Literal["verified", "claimed", "anonymous"]
"""What is known of a caller's key: it is good; it may be, for its checksum is right; there is none, or none of ours."""


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in `WINDOW_SECONDS`, counted for each address, key or account."""

    name: str
    limit: int
    per: Per
    covers: str


POLICIES = (
    Policy(
        "public", 10, "address", "Requests without a key, or with what cannot be one: its shape or checksum is wrong."
    ),
    Policy(
        "default",
        60,
        "address",
        "Requests whose key proved not to be good; a good one that is new here counts as a key.",
    ),
    Policy("keys", 600, "key", "What a verified key asks, unless another policy names it; may differ by key."),
    Policy("admin", 30, "key", "Changes of clients and keys by a verified key."),
    Policy("operations", 600, "key", "Operational endpoints by a verified key; reading the status of limits is free."),
    Policy("webhooks", 3_000, "account", "Webhooks, once their signature is checked."),
    Policy("health", 200, "address", "The three probes: beyond it the last answer is given again."),
)

MOST_TIMES_THE_USUAL = 100
"""A deployment may set a policy's limit to at most so many times the usual: none can be switched off."""

_ADMINISTERED = frozenset({"/api/clients", "/api/keys"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def policies_of(limits: Mapping[str, int]) -> dict[str, Policy]:
    """Return the policies by name, with the limits that are set in place of the usual ones."""
    return {policy.name: replace(policy, limit=limits.get(policy.name, policy.limit)) for policy in POLICIES}


def check_limits(limits: Mapping[str, int], *, production: bool) -> None:
    """Check limits that a deployment sets.

    Raises:
        ValueError: a policy is not known, or in production its limit would be none.
    """
    usual = {policy.name: policy.limit for policy in POLICIES}
    for name, limit in limits.items():
        if name not in usual:
            raise ValueError(f"APP_RATE_LIMITS: there is no policy {name[:40]}, only {', '.join(usual)}")
        if production and limit > MOST_TIMES_THE_USUAL * usual[name]:
            raise ValueError(f"APP_RATE_LIMITS: {name} can be {MOST_TIMES_THE_USUAL * usual[name]} at most")


def head(path: str) -> str:
    """Return the first two parts of a path or of a route's template: it tells their policy, and holds no parameter."""
    return "/".join(path.split("/", 3)[:3])


def policy_of(method: str, path: str, standing: Standing, *, operational: frozenset[str]) -> str:
    """Return the name of the policy that a request, or a route by its template, falls under.

    `operational` are the heads of the operational endpoints. Never `health` and `webhooks`: probes are answered
    before, and a webhook is charged by whoever has checked its signature.
    """
    beginning = head(path)
    if standing != "verified":
        return "public" if standing == "anonymous" else "default"
    if beginning in operational:
        return "operations"
    return "admin" if beginning in _ADMINISTERED and method not in _READS else "keys"


def policies_for(identity: str) -> tuple[str, ...]:
    """Return the policies that can ever count an identity."""
    if identity.startswith("ip:"):
        return ("public", "default", "health")
    return ("webhooks",) if identity.startswith("account:") else ("keys", "admin", "operations")
