"""What a server means when it refuses a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wideseek_cli.core.errors import ContextFullError, RemoteError
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.remote.wire import NoSuchPath, Passing, TooLong

LONGEST_TOLD_WAIT = 60.0
_MOST_WORDS = 300
_UNPAID = re.compile(r"quota|billing|credit|balance", re.I)
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.I)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.I)
_TOO_LONG = re.compile(
    r"context|max_(?:completion_|new_|output_)?tokens\b.*?(?:too (?:large|long)|maximum|exceed|at most|[<>])",
    re.I | re.S,
)
# Rooms as servers name them: the reply's own bound, or the context's with what the prompt takes of it.
_MOST = re.compile(
    r"at most ([\d,]{1,20}) (?:completion|output) tokens|max_tokens: [\d,]{1,20} > ([\d,]{1,20})",
    re.I,
)
_CONTEXT = re.compile(
    r"context (?:length|size|window|limit)\D{0,20}(?<![\d,])([\d,]{1,20})|must be <= (?<![\d,])([\d,]{1,20})",
    re.I,
)
_PROMPT = re.compile(
    r"(at least )?\b(?<![\d,])([\d,]{1,20}) (?:tokens )?(?:in the (?:messages|prompt)|(?:input|prompt) tokens"
    r"|(?:tokens )?from the input|`inputs` tokens)",
    re.I,
)


def refusal(url: str, status: int, body: object, *, wait: float = 0.0, key: str = "") -> Exception:
    """The error for an answer of this status. `key`: what to do about a key."""
    said = words(body) or f"error {status}"
    if status in (401, 403):
        if _is_page(body):
            hint = "is that a proxy? HTTPS_PROXY and NO_PROXY say what goes through one."
            return RemoteError(f"{url} answered {status} with {said}", hint=hint)
        return RemoteError(f"{url} wants a key", hint=key)
    if status in (400, 422) and _TOO_LONG.search(said):
        full = ContextFullError(f"{url} says: {said}", hint="start the server with a longer context")
        return TooLong(full, room_named(said))
    if status in (404, 405, 501):
        if "model" in said.lower():
            return RemoteError(f"{url} says: {said}", hint="name a model that it serves with --model")
        return NoSuchPath(said)
    error = RemoteError(f"{url} answered {status}: {said}")
    if status in (408, 409, 425, 429) or status >= 500:
        busy = status in (429, 503) and not _UNPAID.search(said)  # which no minute of waiting changes
        return Passing(error, wait, answered=True, busy=busy)
    return error


def words(body: object) -> str:
    """What an error's body says, on one line of a terminal."""
    if isinstance(body, str) and _is_page(body):
        title = _TITLE.search(body)
        body = f"a web page ({title[1].strip()})" if title else "a web page"
    return clean_line("; ".join(_said(body, 4)), _MOST_WORDS)


def room_named(said: str) -> int | None:
    """Tokens that a reply may have, by a server that refused more; None: it did not say."""
    if most := _MOST.search(said):
        return _count(most[1] or most[2])
    context, prompt = _CONTEXT.search(said), _PROMPT.search(said)
    if context is None or prompt is None or prompt[1]:
        return None
    return max(0, _count(context[1] or context[2]) - _count(prompt[2]))


def _said(body: object, deep: int) -> Iterator[str]:
    """The texts under the keys that servers use; FastAPI's say where the fault is."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, list) and deep:
        for item in body[:10]:
            yield from _said(item, deep - 1)
    elif isinstance(body, Mapping) and deep:
        place = body.get("loc")
        where = ".".join(str(part) for part in place if part != "body") if isinstance(place, list) else ""
        for key in ("error", "message", "detail", "msg"):
            if body.get(key):
                said = "; ".join(_said(body[key], deep - 1))
                yield f"{where}: {said}" if where else said
                return


def _is_page(body: object) -> bool:
    return isinstance(body, str) and _PAGE.match(body) is not None


def _count(digits: str) -> int:
    return int(digits.replace(",", "")[:12] or 0)
