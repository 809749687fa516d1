"""What one server takes no part of, learnt from its refusals and remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wideseek_cli.engine.chat import without_system

SAMPLING = ("temperature", "top_p", "top_k", "min_p", "seed")
DROPPABLE = ("stream_options", *SAMPLING)
_REFUSES = re.compile(
    r"unsupported|not support|unrecogni[sz]ed|unknown|unexpected|extra (?:inputs|fields|parameter)|forbidden"
    r"|not (?:permitted|allowed|recogni[sz]ed)|cannot find field|additional propert"
    r"|invalid (?:field|param|arg)",
    re.I,
)
_NO_SYSTEM = re.compile(
    r"system\W+(?:role|message|prompt|instruction)s?\b.{0,40}\bnot\b|no system (?:role|message)"
    r"|roles must alternate|developer instruction is not enabled",
    re.I,
)


class Dialect:
    """Fits requests to a server. One refusal teaches one thing, so asking again comes to an end."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self._long_name = False  # max_completion_tokens
        self._no_system = False

    def fit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request as this server takes it."""
        fitted = {name: value for name, value in body.items() if name not in self.dropped}
        if self._long_name and "max_tokens" in fitted:
            fitted["max_completion_tokens"] = fitted.pop("max_tokens")
        if self._no_system and "messages" in fitted:
            fitted["messages"] = without_system(fitted["messages"])
        return fitted

    def learn(self, status: int, said: str, body: Mapping[str, Any]) -> bool:
        """Whether a refusal of `body` named something that can be left out or said otherwise, once."""
        if status not in (400, 422, 500):
            return False
        messages = body.get("messages") or [{}]
        if _NO_SYSTEM.search(said) and messages[0].get("role") == "system" and not self._no_system:
            self._no_system = True
            return True
        if status == 500 or not _REFUSES.search(said):
            return False
        if "max_completion_tokens" in said and "max_tokens" in body and not self._long_name:
            self._long_name = True
            return True
        sent = [name for name in DROPPABLE if name in body and name not in self.dropped]
        named = re.search(rf"\b(?:{'|'.join(sent)})\b", said) if sent else None
        if named is not None:
            self.dropped.append(named[0])
        return named is not None
