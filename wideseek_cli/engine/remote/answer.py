"""What a server's events say, streamed or in one, of a continued text or of a chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wideseek_cli.engine.remote.parsed_calls import ParsedCalls
from wideseek_cli.engine.remote.wire import Piece

Fields = Mapping[str, Any]


class Answer:
    """Makes pieces of events. Calls that the server has parsed follow, as text, when it says the end."""

    def __init__(self) -> None:
        self._calls = ParsedCalls()
        self._said = ""  # the last text that came
        self._begun = self._ended = False

    def pieces(self, event: object) -> Iterator[Piece]:
        """Thoughts come in a piece of their own, before the text."""
        fields = _fields(event)
        choices = fields.get("choices")
        choice = _fields(choices[0]) if isinstance(choices, list) and choices else {}
        part = _fields(choice.get("delta")) or _fields(choice.get("message"))
        if thought := _text(part.get("reasoning_content")) or _text(part.get("reasoning")):
            self._begun = True
            yield Piece(thought=thought)
        self._calls.add(part.get("tool_calls"))
        if part.get("function_call"):  # as it was before there were several
            self._calls.add([{"function": part["function_call"]}])
        text = _text(choice.get("text")) or _text(part.get("content"))
        yield self._piece(text, _text(choice.get("finish_reason")), fields.get("usage"))

    def done(self) -> Iterator[Piece]:
        """The server says that this was all; some never say why a reply ended."""
        if not self._ended:
            last = self._piece("", "stop", None)
            if self._begun:
                yield last

    def _piece(self, text: str, finish: str, usage: object) -> Piece:
        self._said = text or self._said
        if finish:
            self._ended = True
            calls = self._calls.take(cut=finish == "length")
            text += f"\n{calls}" if calls and self._said and not self._said.endswith("\n") else calls
        self._begun = self._begun or bool(text)
        counts = _fields(usage)
        return Piece(
            text=text,
            finish=finish,
            prompt_tokens=number(counts, "prompt_tokens"),
            cached_tokens=number(counts.get("prompt_tokens_details"), "cached_tokens"),
            written_tokens=number(counts, "completion_tokens"),
        )


def number(source: object, key: str) -> int:
    """A count that a server told; 0 where it is none."""
    value = _fields(source).get(key)
    return value if isinstance(value, int) and value > 0 else 0


def _text(value: object) -> str:
    """A text, or the texts of its parts."""
    if isinstance(value, list):
        return "".join(_text(_fields(part).get("text")) for part in value)
    return value if isinstance(value, str) else ""


def _fields(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}
