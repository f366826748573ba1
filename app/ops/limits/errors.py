"""Failures of questions about limits."""

from app.core.errors import Invalid


class UnknownPolicy(Invalid):
    """No policy has this name."""

    detail = "There is no such policy; policy[] of GET /api/rate-limit/status names them all."


class MalformedIdentifier(Invalid):
    """Nobody can be counted under this."""

    detail = "An identifier is an IP address, key:<id>, account:<id> or operator."


class PolicyNeverCounts(Invalid):
    """The policy counts other identities than this kind."""

    detail = "This policy never counts an identity of this kind."
