"""What of a dump an older server takes."""

import re
from collections.abc import Iterable, Iterator

_SET = re.compile(rb"SET (\w+) = ")
_OF_THE_HEAD = (b"SET ", b"SELECT pg_catalog.set_config(", b"--", b"\\")


def without_unknown_settings(lines: Iterable[bytes], known: frozenset[str]) -> Iterator[bytes]:
    """Yield the lines of a plain dump without those settings in its head that the server does not know.

    The head ends with the first line that sets nothing: rows may look like settings, and stay.
    """
    head = True
    for line in lines:
        head = head and (not line.strip() or line.startswith(_OF_THE_HEAD))
        setting = _SET.match(line) if head else None
        if setting is None or setting[1].decode() in known:
            yield line
