"""How much each may: the policy's limit, a key's own, and what an operator has set for a while."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from app.core.controls import Control, Controls, Kind
from app.core.limits.policies import policies_of


class Bounds:
    """The limits in force. `secret` makes pseudonyms of addresses, the same ones in every process."""

    def __init__(self, limits: Mapping[str, int], controls: Controls, *, secret: str) -> None:
        self.policies = policies_of(limits)
        self._controls = controls
        key = hashlib.sha256(b"limits:" + secret.encode()).digest()

        @lru_cache(maxsize=8_192)
        def pseudonym(identity: str) -> str:
            return f"ip#{hmac.digest(key, identity.encode(), 'sha256')[:8].hex()}"

        self._pseudonym = pseudonym

    def bucket(self, identity: str) -> str:
        """Return the name by which counters and controls know an identity: of an address it does not tell which."""
        return self._pseudonym(identity) if identity.startswith("ip:") else identity

    def target(self, policy: str, identity: str | None) -> str:
        """Return what a control of a limit is set on: a policy for everybody, or for one identity."""
        return policy if identity is None else f"{policy} {self.bucket(identity)}"

    def of(self, policy: str, identity: str, *, agreed: int | None, now: float) -> tuple[int, Control | None]:
        """Return the limit that holds for an identity at an instant, and the control that says so, if one does.

        `agreed` is what the identity's own key has been given in place of the policy's limit for keys.
        """
        usual = agreed if agreed is not None and policy == "keys" else self.policies[policy].limit
        held = self._controls.in_force(Kind.limit, now=datetime.fromtimestamp(now, UTC))
        if not held:
            return usual, None
        for target in (self.target(policy, identity), policy):
            for control in held:
                if control.target == target:
                    return _set(control, usual), control
        return usual, None


def _set(control: Control, usual: int) -> int:
    fixed, multiplier = control.value.get("limit"), control.value.get("multiplier")
    return max(1, int(fixed) if fixed is not None else int(usual * float(multiplier or 1)))
