"""How what Vapi has differs from what we define. What we do not define is left as it is."""

import difflib
import json

from app.integrations.vapi.objects import Data

SECRETS = frozenset({"twilioAuthToken", "twilioApiSecret"})
MASK = "***"


def changed(wanted: Data, found: Data, *, secrets_known: bool) -> bool:
    """Return whether anything that we define is otherwise at Vapi.

    Vapi may not show secrets, or masked; `secrets_known` says that those sent last are those of now.
    """
    if not _same({name: each for name, each in wanted.items() if name not in SECRETS}, found):
        return True
    secrets = [(each, found.get(name)) for name, each in wanted.items() if name in SECRETS]
    return any(ours != theirs if _is_shown(theirs) else not secrets_known for ours, theirs in secrets)


def _is_shown(secret: object) -> bool:
    return isinstance(secret, str) and "*" not in secret


def difference(title: str, wanted: Data, found: Data | None) -> str:
    """Return a unified difference of what there is and what there is to be, secrets masked; empty: it shows none."""
    before = [] if found is None else _lines(_projected(wanted, found))
    return "".join(difflib.unified_diff(before, _lines(wanted), f"{title} at Vapi", f"{title} as defined", n=2))


def _same(wanted: object, found: object) -> bool:
    """Return whether all that is wanted is there; what is empty may have been left out."""
    if found is None and wanted in ([], {}):
        return True
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_same(each, found.get(name)) for name, each in wanted.items())
    if isinstance(wanted, list):
        pairs = zip(wanted, found, strict=True) if isinstance(found, list) and len(found) == len(wanted) else None
        return pairs is not None and all(_same(*pair) for pair in pairs)
    return (type(wanted) is type(found) and wanted == found) or _same_number(wanted, found)


def _same_number(wanted: object, found: object) -> bool:
    numbers = isinstance(wanted, int | float) and isinstance(found, int | float)
    return numbers and not isinstance(wanted, bool) and not isinstance(found, bool) and wanted == found


def _projected(wanted: object, found: object) -> object:
    """Return that part of what was found which we define."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {name: _projected(each, found[name]) for name, each in wanted.items() if name in found}
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [_projected(*pair) for pair in zip(wanted, found, strict=True)]
    return found


def _lines(value: object) -> list[str]:
    masked = (
        {name: MASK if name in SECRETS else each for name, each in value.items()} if isinstance(value, dict) else value
    )
    return [f"{line}\n" for line in json.dumps(masked, indent=2, sort_keys=True, ensure_ascii=False).splitlines()]
