"""Addresses: one canonical form per page, and what cannot be an address at all."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from wideseek_cli.core.text import clean_text

_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(r"(utm_\w+|fbclid|gclid|dclid|msclkid|yclid|mc_[ce]id|igshid|_ga|ref_src|spm)$", re.I)
_PATH_SAFE = "/:@!$&'()*+,;=~-._%"
_QUERY_SAFE = _PATH_SAFE + "?[]|"
_LONGEST = 4096
_LONGEST_HOST = 253


def canonical(url: str) -> str:
    """The address a page is remembered by: no fragment, no tracking, one spelling. "" when it is none."""
    text = clean_text(url).strip()
    if not text or len(text) > _LONGEST:
        return ""
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        return ""
    if scheme == "zim":
        return urlunsplit((scheme, parts.netloc, quote(unquote(parts.path)), "", "")) if parts.netloc else ""
    if scheme not in _PORTS or not host:
        return ""
    name = ascii_host(host)
    if not name:
        return ""
    name = f"[{name}]" if ":" in name else name
    netloc = name if port in (None, _PORTS[scheme]) else f"{name}:{port}"
    return urlunsplit((scheme, netloc, _path(parts.path), _query(parts.query), ""))


def ascii_host(host: str) -> str:
    """A host name in lower-case ASCII, as browsers make it; "" when it cannot be one."""
    if len(host) > _LONGEST_HOST + 1:
        return ""
    name = host.lower()
    if not name.isascii():
        try:
            name = _spelled_out(name)
        except UnicodeError:
            return ""
    name = name.rstrip(".")
    return name if len(name) <= _LONGEST_HOST and re.fullmatch(r"[a-z0-9._:%-]+", name) else ""


def _spelled_out(name: str) -> str:
    """IDNA 2008 over UTS 46, where `faß` is not `fass`; names that it does not know (emoji) by IDNA 2003."""
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return name.encode("idna").decode("ascii")


def has_credentials(url: str) -> bool:
    """Whether a user name or password stands before the host."""
    try:
        return "@" in urlsplit(url).netloc
    except ValueError:
        return False


def _path(path: str) -> str:
    """Dot segments resolved, escapes in one spelling."""
    spelled = re.sub(
        r"%[0-9a-f]{2}", lambda m: m.group().upper(), quote(path or "/", safe=_PATH_SAFE), flags=re.I
    )
    plain = re.sub(r"%(2D|2E|5F|7E|3\d|[46][1-9A-F]|[57][0-9A])", _unescape, spelled)
    return _without_dots(plain) if "/." in plain else plain


def _without_dots(path: str) -> str:
    """`.` and `..` taken out; empty segments stay: an address inside an address has two slashes."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1:] in (["."], [".."]):
        kept.append("")
    return "/" + "/".join(kept)


def _unescape(match: re.Match[str]) -> str:
    char = chr(int(match.group(1), 16))
    return char if re.fullmatch(r"[A-Za-z0-9._~-]", char) else match.group()


def _query(query: str) -> str:
    kept = [part for part in query.split("&") if part and not _TRACKING.match(part.split("=", 1)[0])]
    return quote("&".join(kept), safe=_QUERY_SAFE)
