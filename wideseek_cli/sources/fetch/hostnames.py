"""Host names in ASCII, as browsers make it. Pure."""

from __future__ import annotations

import re

_LONGEST = 253


def ascii_host(host: str) -> str:
    """A host name in lower-case ASCII; "" when it cannot be one."""
    if len(host) > _LONGEST + 1:
        return ""
    name = host.lower()
    if not name.isascii():
        try:
            name = _spelled_out(name)
        except UnicodeError:
            return ""
    name = name.rstrip(".")
    return name if len(name) <= _LONGEST and re.fullmatch(r"[a-z0-9._:%-]+", name) else ""


def _spelled_out(name: str) -> str:
    """IDNA 2008 over UTS 46, where `faß` is not `fass`; names that it does not know (emoji) by IDNA 2003."""
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return name.encode("idna").decode("ascii")
