"""Who is counted: a key that memory could verify, or else the address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from uuid import UUID

from starlette.types import Scope

from app.core.auth import Recognised
from app.core.limits.policies import Standing

NOWHERE = "ip:unknown"
"""Who comes through a Unix socket has no address."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is: `key:…`, `operator` or `ip:…`; `agreed` requests a minute, where its key has its own."""

    identity: str
    standing: Standing
    is_operator: bool = False
    agreed: int | None = None


def caller_of(scope: Scope, *, hops: int) -> Caller:
    """Return who sends a request. `hops` proxies of ours stand before us, the one that we see among them."""
    claim, forwarded = False, []
    for name, value in scope["headers"]:
        if name in (b"x-api-key", b"authorization"):
            claim = True
        elif name == b"x-forwarded-for":
            forwarded.append(value)
    if claim:
        known: Recognised | None = scope["app"].state.recognise(scope)
        if known is not None:
            return Caller(known.name, "verified", known.is_operator, known.requests_per_minute)
        claim = scope["app"].state.claims(scope)
    return Caller(address_of(_peer(scope), forwarded, hops=hops), "claimed" if claim else "anonymous")


def sender_of(scope: Scope, *, hops: int) -> str:
    """Return the identity of the address that a request comes from, whatever its key."""
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"] if hops else []
    return address_of(_peer(scope), forwarded, hops=hops)


def _peer(scope: Scope) -> str | None:
    return scope["client"][0] if scope.get("client") else None


def address_of(peer: str | None, forwarded: Sequence[bytes], *, hops: int) -> str:
    """Return the identity of the address left of so many proxies, the last of which is the peer.

    What stands further left was written by the caller, and counts for nothing. The peer itself, where the headers are
    shorter than our proxies make them, or hold no address there.
    """
    if hops and forwarded:
        places = b",".join(forwarded).rsplit(b",", hops)[-hops:]
        identity = address(places[0].decode("latin-1").strip()) if len(places) == hops else None
        if identity is not None:
            return identity
    return (address(peer) if peer else None) or NOWHERE


@lru_cache(maxsize=8_192)
def address(text: str) -> str | None:
    """Return `ip:` and the address in its usual form, of IPv6 its network of 64 bits; None if it is no address."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return f"ip:{IPv6Network((int(found) >> 64 << 64, 64))}"
        found = found.ipv4_mapped
    return f"ip:{found}"


def identity_of(text: str) -> str | None:
    """Return an identity from how people write it: `operator`, `key:…`, `account:…`, `ip:…` or an address alone."""
    if text in {"operator", NOWHERE} or re.fullmatch(r"account:[A-Za-z0-9._-]{1,64}", text):
        return text
    if text.startswith("key:"):
        try:
            return f"key:{UUID(text.removeprefix('key:'))}"
        except ValueError:
            return None
    return address(text.removeprefix("ip:").removesuffix("/64"))
