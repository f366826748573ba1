"""Statements as they may be shown: without comments, and without whatever could be somebody's data."""

import re

from pglast.parser import scan

_ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE_P", "MERGE", "WITH"}
"""With these a statement begins whose values the parser's normalisation replaces by `$n`."""
_BEGINS = re.compile(r"(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.IGNORECASE)
_DOUBTFUL = re.compile(r"['\";]|--|/\*|\$(?!\d)|\$\d{6}|(?<![\w$])\.?\d")
_COMMENTS = {"SQL_COMMENT", "C_COMMENT"}
_STRINGS = {"SCONST", "USCONST", "BCONST", "XCONST"}
_LONGEST_PLACE = 5
"""Digits of numbers that are none of anybody's data: those of parameters, places in ORDER BY, lengths of types."""

_QUOTE_OR_COMMENT = re.compile(r"['\"]|\$(?!\d)|--[^\n\r]*|/\*")
_EITHER_END = re.compile(r"/\*|\*/")
_NUMBER = re.compile(r"(?<![\w$])\.?\d[\w.]*|\$\d\w{5,}")


def masked(normalised: str) -> str:
    """Return a statement without comments and literals, given as PostgreSQL's parser has normalised it.

    That replaces the values of what reads and writes rows. Of all else (`EXECUTE`, `CREATE VIEW`, `ALTER SEQUENCE`) it
    leaves some, so there numbers go, too.

    Raises:
        ParseError: it cannot be taken apart.
    """
    if _BEGINS.match(normalised) and not _DOUBTFUL.search(normalised):
        return normalised
    tokens = scan(normalised)
    words = [token.name for token in tokens if token.name not in _COMMENTS]
    of_rows = bool(words) and words[0] in _ROWS and "ASCII_59" not in words[:-1]
    pieces, end = [], 0
    for token in tokens:
        shown = _shown(token.name, token.end + 1 - token.start, of_rows=of_rows)
        if shown is None:
            continue
        pieces += [normalised[end : token.start], shown]
        end = token.end + 1
    return "".join([*pieces, normalised[end:]]).strip()


def _shown(name: str, length: int, *, of_rows: bool) -> str | None:
    """Return what is shown in place of a token of so many characters; None: the token itself."""
    if name in _COMMENTS:
        return " "
    if name in _STRINGS:
        return "'?'"
    hidden = {"FCONST": True, "ICONST": not of_rows or length > _LONGEST_PLACE, "PARAM": length > 1 + _LONGEST_PLACE}
    return "?" if hidden.get(name) else None


def cut(statement: str) -> str:
    """Return a statement that does not parse, up to its first quote: nobody can tell where what is quoted ends.

    The server cuts long texts anywhere, so what looks like a closing quote may open the next literal.
    """
    pieces, at = [], 0
    while (found := _QUOTE_OR_COMMENT.search(statement, at)) is not None:
        pieces += [_NUMBER.sub("?", statement[at : found.start()]), " "]
        at = found.end()
        if found.group() == "/*":
            at = _after_comment(statement, at)
        elif not found.group().startswith("--"):
            pieces[-1], at = "…", len(statement)
    return "".join([*pieces, _NUMBER.sub("?", statement[at:])]).strip()


def _after_comment(statement: str, at: int) -> int:
    """Return where a comment ends whose inside begins at `at`; comments may hold others."""
    depth = 1
    for end in _EITHER_END.finditer(statement, at):
        depth += 1 if end.group() == "/*" else -1
        if not depth:
            return end.end()
    return len(statement)
