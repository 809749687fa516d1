"""Run ids: short to type and in order of time. `Store.journal` draws one that no other run has."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from wideseek_cli.core.errors import NotFoundError, UsageError

# Crockford's base 32: no i, l, o, u, so that nothing is misread.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = 1_767_225_600  # 2026-01-01 UTC; six digits of seconds last until 2060
_TIME_DIGITS, _CHANCE_DIGITS = 6, 3
LAST = "@last"


def new_run_id(now: float | None = None) -> str:
    """Six digits of time and three of chance."""
    seconds = max(0, int(time.time() if now is None else now) - _EPOCH)
    digits = [_ALPHABET[(seconds >> 5 * place) & 31] for place in reversed(range(_TIME_DIGITS))]
    return "".join(digits) + "".join(secrets.choice(_ALPHABET) for _ in range(_CHANCE_DIGITS))


def match(wanted: str, ids: Sequence[str]) -> str:
    """The one id meant by `@last`, a whole id, or its beginning or end. `ids` is newest first."""
    text = wanted.strip().lower()
    if not ids:
        raise NotFoundError("no run is recorded yet", hint='start one: wideseek ask "…"')
    if text == LAST:
        return ids[0]
    found = [known for known in ids if known == text]
    found = found or [known for known in ids if text and (known.startswith(text) or known.endswith(text))]
    if not found:
        raise NotFoundError(f"no run is called {wanted!r}", hint="`wideseek runs` lists them")
    if len(found) > 1:
        some = ", ".join(found[:4]) + (", …" if len(found) > 4 else "")
        raise UsageError(f"{wanted!r} matches {len(found)} runs", hint=f"give more of the id: {some}")
    return found[0]
