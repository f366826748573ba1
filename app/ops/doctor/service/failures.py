"""Which kind of failure lies at the bottom of an exception: libraries wrap what the system said."""

import socket
import ssl
from collections.abc import Iterator

from app.ops.doctor.rules.facts import Failure


def failure_of(raised: BaseException) -> Failure:
    """Return the kind of a network failure; the most telling exception in the chain decides."""
    chain = list(_chain(raised))
    if any("SSL upgrade" in str(each) for each in chain):
        return Failure.tls  # asyncpg has no exception of its own for a server that cannot encrypt
    for kinds, failure in (
        ((socket.gaierror,), Failure.name_unknown),
        ((ssl.SSLError,), Failure.tls),
        ((ConnectionRefusedError, FileNotFoundError), Failure.refused),
        ((ConnectionError,), Failure.closed),
        ((TimeoutError,), Failure.silent),
    ):
        if any(isinstance(each, kinds) for each in chain):
            return failure
    names = {type(each).__name__ for each in chain}
    if names & {"RemoteProtocolError", "ReadError", "ConnectionDoesNotExistError", "IncompleteReadError"}:
        return Failure.closed
    return Failure.other


def _chain(raised: BaseException | None) -> Iterator[BaseException]:
    """Give an exception, what it was raised from or while (also where that is not to be shown), and all of a group."""
    if raised is None:
        return
    yield raised
    if isinstance(raised, BaseExceptionGroup):
        for each in raised.exceptions:
            yield from _chain(each)
    yield from _chain(raised.__cause__ or raised.__context__)
