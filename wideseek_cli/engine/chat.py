"""A GGUF's own chat template, made into what a conversation needs: an opening, and a delta per result."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from wideseek_cli.core.errors import TemplateError
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, RESPONSE_CLOSE, RESPONSE_OPEN, Opening, ToolSpec
from wideseek_cli.engine.sandbox import SandboxedTemplate, TemplateRefused

Message = Mapping[str, Any]

# Stand for a reply and a tool result in a rehearsal; letters only, so that no template takes them apart.
REPLY_MARK, RESULT_MARK = "QhReplyStandsHereQh", "QhResultStandsHereQh"
SYSTEM_MARK = "QhSystemStandsHereQh"

HINT = "take a GGUF with the model's own chat template"


class ChatTemplate:
    """Renders openings and tool results. `specials` are the texts of the vocabulary's control tokens: outside
    text that spells one is broken up, so a page cannot close its own tool response."""

    def __init__(
        self, source: str, *, bos_token: str = "", eos_token: str = "", specials: Iterable[str] = ()
    ) -> None:
        self._template = _compile(source)
        self._tokens = {"bos_token": bos_token, "eos_token": eos_token}
        self._defuse = defuser(specials)
        self.knows_tools = "tools" in self._template.variables
        self.end_text, self._before_result, self._after_result, self._by_user = self._rehearse(eos_token)
        self._takes_system = self._rehearse_system()

    def render_opening(self, opening: Opening) -> str:
        """System, tools and user, up to where the model's first reply begins."""
        system, tools = opening.system, None
        if opening.tools and opening.show_tools:
            if self.knows_tools:
                tools = [tool.as_function() for tool in opening.tools]
            else:
                system = f"{system}\n\n{describe_tools(opening.tools)}".strip()
        messages = [{"role": "user", "content": self._defuse(opening.user)}]
        if system:
            messages.insert(0, {"role": "system", "content": system})
        return self._render(messages if self._takes_system else without_system(messages), tools)

    def render_tool_result(self, text: str) -> str:
        """What is appended directly after a reply's end token: the result, and the next reply's beginning."""
        text = self._defuse(text)
        if self._by_user:
            text = f"{RESPONSE_OPEN}\n{text}\n{RESPONSE_CLOSE}"
        return _normal(f"{self._before_result}{text}{self._after_result}")

    def _rehearse(self, eos_token: str) -> tuple[str, str, str, bool]:
        """(end of a turn, text before a result, text after it, whether it must come as a user message)."""
        by_tool = {"role": "tool", "content": RESULT_MARK}
        attempts: list[tuple[list[Message], bool]] = []
        if "tool" in self._template.words:
            attempts = [([_said(REPLY_MARK), by_tool], False), ([_called(REPLY_MARK), by_tool], False)]
        attempts.append(([_said(REPLY_MARK), {"role": "user", "content": RESULT_MARK}], True))
        problem = "it does not keep what was said"
        for messages, by_user in attempts:
            try:
                text = self._template.render(
                    self._values([{"role": "user", "content": "?"}, *messages], None)
                )
            except TemplateRefused as error:
                problem = str(error)
                continue
            _, said, tail = text.rpartition(REPLY_MARK)
            between, told, after = tail.partition(RESULT_MARK)
            if said and told:
                end, before = _split_end(between, eos_token)
                return end, before, after, by_user
        raise TemplateError(f"the chat template cannot be used: {problem}", hint=HINT)

    def _rehearse_system(self) -> bool:
        """Whether the template writes a system message; some refuse one, some leave it out."""
        messages = [{"role": "system", "content": SYSTEM_MARK}, {"role": "user", "content": "?"}]
        try:
            return SYSTEM_MARK in self._template.render(self._values(messages, None))
        except TemplateRefused:
            return False

    def _values(self, messages: Sequence[Message], tools: list[dict[str, Any]] | None) -> dict[str, Any]:
        return {"messages": messages, "tools": tools, "add_generation_prompt": True, **self._tokens}

    def _render(self, messages: Sequence[Message], tools: list[dict[str, Any]] | None) -> str:
        try:
            return _normal(self._template.render(self._values(messages, tools)))
        except TemplateRefused as error:
            raise TemplateError(f"the chat template does not render: {error}", hint=HINT) from error


def without_system(messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The same messages for a model that knows no system role: its text opens the first user message."""
    if len(messages) < 2 or messages[0]["role"] != "system":
        return [dict(message) for message in messages]
    system, first, *rest = messages
    opened = {**first, "content": f"{system['content']}\n\n{first['content']}"}
    return [opened, *map(dict, rest)]


def describe_tools(tools: Sequence[ToolSpec]) -> str:
    """The tools in words, for a template that has no place for them."""
    schemas = "\n".join(json.dumps(tool.as_function(), ensure_ascii=False) for tool in tools)
    return (
        f"# Tools\n\nThese are the functions you can call, one JSON description a line:\n"
        f"<tools>\n{schemas}\n</tools>\n\n"
        f"To call one, write its name and its arguments as JSON between tags, nothing after the last call:\n"
        f'{CALL_OPEN}\n{{"name": "the function", "arguments": {{"argument": "its value"}}}}\n{CALL_CLOSE}\n'
        f"What it returns is told to you between {RESPONSE_OPEN} and {RESPONSE_CLOSE}."
    )


def _said(text: str) -> Message:
    return {"role": "assistant", "content": text}


def _called(text: str) -> Message:
    """Some templates want a call before a result."""
    function = {"name": "look", "arguments": {"at": text}}
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}


def _split_end(between: str, eos_token: str) -> tuple[str, str]:
    """Cuts the reply's end token off, and the line break that templates write after it: a reply ends with the
    token itself, and so the model was trained to find the next message directly behind."""
    at = between.find(eos_token) if eos_token else -1
    if at >= 0:
        cut = at + len(eos_token)
    else:
        token = re.search(r"<[^<>\s]{1,40}>", between)
        cut = token.end() if token else 0
    return between[:cut], between[cut:].lstrip("\n")


def defuser(specials: Iterable[str]) -> Callable[[str], str]:
    """Breaks up what spells one of these texts, so that outside text cannot write a control token."""
    texts = sorted({text for text in specials if len(text) > 2}, key=len, reverse=True)
    if not texts:
        return lambda text: text
    pattern = re.compile("|".join(map(re.escape, texts)))
    return lambda text: pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def _normal(text: str) -> str:
    """Qwen's own tokenizer composes characters before it looks at them; llama.cpp's does not."""
    return unicodedata.normalize("NFC", text)


def _compile(source: str) -> SandboxedTemplate:
    if not source.strip():
        raise TemplateError("the model has no chat template", hint=HINT)
    try:
        return SandboxedTemplate(source)
    except TemplateRefused as error:
        raise TemplateError(f"the chat template cannot be used: {error}", hint=HINT) from error
