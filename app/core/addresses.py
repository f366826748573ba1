"""Which addresses strangers may have us call: public ones only, and the very one that was looked at.

A name that is resolved twice may answer differently the second time, so the address that was checked is the one that
is connected to.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the IP addresses of a host's name."""

_CARRIES_V4 = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
"""Ways into IPv4 by IPv6 (NAT64, 6to4, Teredo, compatible): who goes there may end up within."""


class AddressRefused(Exception):
    """The address is not one that a stranger may name. It says why in a word, never the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Pinned:
    """An address that was checked: where to connect, and what host to ask for there."""

    url: str
    host: str
    """As it goes into the `Host` header."""
    name: str
    """Whose certificate is asked for."""


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet, by no detour to one that does not."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _CARRIES_V4):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host's name as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def pin(url: str, *, lookup: Resolve = resolve) -> Pinned:
    """Return where to connect for the address of a stranger.

    Raises:
        AddressRefused: it is no HTTP address, holds a password, or one of its IP addresses is not public.
    """
    parts, port = _taken_apart(url)
    host = parts.hostname or ""
    try:
        addresses = await lookup(host, port)
    except (OSError, UnicodeError):
        raise AddressRefused("unknown_host") from None
    if not addresses:
        raise AddressRefused("unknown_host")
    if not all(is_public(address) for address in addresses):
        raise AddressRefused("not_public")
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    shown = f"[{host}]" if ":" in host else host
    usual = port == (443 if parts.scheme == "https" else 80)
    pinned = parts._replace(netloc=f"{address}:{port}", fragment="").geturl()
    return Pinned(pinned, shown if usual else f"{shown}:{port}", host)


def _taken_apart(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AddressRefused("malformed") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(ord(letter) <= 32 for letter in url):
        raise AddressRefused("malformed")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("with_password")
    return parts, port
