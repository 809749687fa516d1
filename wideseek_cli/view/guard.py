"""Which requests are answered: ours, and nobody else's.

The token keeps out other users of this machine and pages that guess the port; the Host header keeps out a
foreign name that was made to lead here (DNS rebinding); Origin and Sec-Fetch-Site keep out other pages.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

_MOST_DIGITS = 12
MOST_TOLD = 8_192  # bytes of a message
_JSON = "application/json"  # a page elsewhere cannot send that without asking first, and is refused then


@dataclass(frozen=True)
class Asked:
    """A request that may be answered: the path behind the token, and the first event a page lacks. `told`: it
    brings so many bytes to tell a run."""

    path: str
    since: int
    told: int = 0


class Refused(Exception):
    """A request that may not be."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Guard:
    """What is ours: the token and the port."""

    token: str
    port: int

    def check(self, method: str, target: str, headers: Mapping[str, Sequence[str]]) -> Asked:
        """The request, or Refused. `headers`: all values of each name, in lower case."""
        if method not in ("GET", "POST"):
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and POST are answered here")
        self._check_headers(headers)
        if not target.startswith("/") or not target.isascii():
            raise Refused(HTTPStatus.BAD_REQUEST, "not an address of this page")
        address = urlsplit("http://here" + target)
        token, slash, path = address.path[1:].partition("/")
        if not hmac.compare_digest(token, self.token) or not slash:
            raise Refused(HTTPStatus.FORBIDDEN, "the token is missing: use the address that wideseek printed")
        told = self._check_post(headers) if method == "POST" else 0
        return Asked(path, _since(address.query, headers), told)

    def _check_post(self, headers: Mapping[str, Sequence[str]]) -> int:
        """The size of what our own page sends, and nobody else."""
        if len(headers.get("origin", ())) != 1 or list(headers.get("content-type", ())) != [_JSON]:
            raise Refused(HTTPStatus.FORBIDDEN, "only the page itself may send this")
        sizes = headers.get("content-length", ())
        size = sizes[0] if len(sizes) == 1 and sizes[0].isascii() and sizes[0].isdigit() else ""
        if not size or "transfer-encoding" in headers:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "the size of the message is missing")
        if len(size) > _MOST_DIGITS or not 0 < int(size) <= MOST_TOLD:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the message is too long")
        return int(size)

    def _check_headers(self, headers: Mapping[str, Sequence[str]]) -> None:
        hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        if len(headers.get("host", ())) != 1 or headers["host"][0].lower() not in hosts:
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "unknown host name")
        origins = headers.get("origin", ())
        if any(origin.lower() not in [f"http://{host}" for host in hosts] for origin in origins):
            raise Refused(HTTPStatus.FORBIDDEN, "another page asks for this")
        site = headers.get("sec-fetch-site", ())
        if any(value not in ("same-origin", "none") for value in site) and not _is_opened(headers):
            raise Refused(HTTPStatus.FORBIDDEN, "another page asks for this")


def _is_opened(headers: Mapping[str, Sequence[str]]) -> bool:
    """Whether a user opens it as a page of its own: from a link, as the file that begins does."""
    wanted = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    return all(list(headers.get(name, ())) == [value] for name, value in wanted.items())


def _since(query: str, headers: Mapping[str, Sequence[str]]) -> int:
    """The number a page gives, or on its next try the browser for it."""
    last = headers.get("last-event-id", ())
    text = last[0] if last else query.removeprefix("since=")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
