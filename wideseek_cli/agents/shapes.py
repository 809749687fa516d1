"""The messages between code and model, in exactly the shapes the protocol fixes.

Everything here is pure: a prompt set and plain values in, text or tool specs out. The words come from the
set, so another set may say the same things shorter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wideseek_cli.agents.calls import ACCESS, DELEGATE, SEARCH
from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.core.events import Role
from wideseek_cli.core.findings import SearchResult
from wideseek_cli.core.messages import ToolSpec
from wideseek_cli.question.reading import first_line
from wideseek_cli.table.model import Column
from wideseek_cli.values.kinds import ColumnType

BETWEEN = "\n\n"
# How the answer is to look, not what is in it: small models take a question's last words for what is asked.
_FORM = re.compile(r"\s+(?:as|in)\s+(?:a|one)\s+(?:single\s+)?(?:table|spreadsheet)\b", re.IGNORECASE)
URL_CHARS = 500  # an address may be longer than what a set allows other texts in a call


def language_of(question: str) -> str:
    """`zh` when a question holds a fair share of Chinese characters, else `en`."""
    letters = [char for char in question if char.isalpha()]
    han = sum("\u4e00" <= char <= "\u9fff" for char in letters)
    return "zh" if letters and han >= 0.2 * len(letters) else "en"


def tools_for(role: Role, prompts: PromptSet) -> tuple[ToolSpec, ...]:
    """What a role may call: the lead delegates, a subagent searches and reads, a single agent one by one."""
    if role is Role.LEAD:
        return (_delegate_tool(prompts),)
    if role is Role.SINGLE:
        return (_flat(SEARCH, prompts, _query(prompts)), _flat(ACCESS, prompts, _target(prompts)))
    limits = prompts.limits
    return (
        _listed(SEARCH, "queries", prompts, _query(prompts), limits.queries),
        _listed(ACCESS, "urls", prompts, _target(prompts), limits.urls),
    )


def system_text(role: Role, prompts: PromptSet, wants_table: bool) -> str:
    """The system message of a role."""
    kind = "table" if wants_table else "short"
    limits = prompts.limits
    parts = {
        "examples": prompts.fill(f"examples_{kind}", width=limits.width),
        "answer": prompts.fill(f"answer_{kind}"),
    }
    text = prompts.texts[role.value]
    for name, part in parts.items():
        if not part:  # an empty part leaves no gap behind
            text = re.sub(rf"\{{{name}\}}\n*", "", text)
    shown = replace(prompts, texts={**prompts.texts, role.value: text})
    text = shown.fill(role.value, width=limits.width, queries=limits.queries, urls=limits.urls, **parts)
    return text.strip("\n")


def main_task(question: str, prompts: PromptSet, columns: Sequence[Column] = ()) -> str:
    """The question as agents see it: with the wanted columns, when the user fixed them."""
    names = ", ".join(_column_words(column) for column in columns)
    asked, line = question.strip(), first_line(question)
    if prompts.lists:
        asked = asked.replace(line, _FORM.sub("", line), 1)
    return joined([asked, prompts.fill("ask.columns", columns=names) if names else ""], "\n")


def user_text(role: Role, prompts: PromptSet, question: str, turns: int, task: str = "") -> str:
    """The first user message. All subagents of a question share it up to their own subtask."""
    hint = first_hint(prompts, turns)
    return prompts.fill(f"{role.value}_user", question=question, task=task, hint=hint).rstrip("\n")


def first_hint(prompts: PromptSet, turns: int) -> str:
    """The first turn's hint; with a single turn, the order to answer as well."""
    last = prompts.fill("hint.answer_now") if turns == 1 else ""
    return joined([prompts.fill("hint.first", turns=turns, turn=1, left=turns - 1), last])


def tool_message(
    prompts: PromptSet, parts: Iterable[str], turn: int, turns: int, *, last: bool = False
) -> str:
    """Parts joined by blank lines, then the hint for the coming `turn`."""
    now = prompts.fill("hint.answer_now") if last else ""
    return joined([*parts, now, prompts.fill("hint.next", turn=turn, turns=turns, left=turns - turn)])


def search_part(prompts: PromptSet, query: str, result: str) -> str:
    """One query and what it brought."""
    return prompts.fill("search.part", query=query, result=result)


def hits_text(prompts: PromptSet, found: SearchResult, count: int) -> str:
    """The hits of a query, or the sentence that there are none."""
    most = prompts.limits.snippet_chars
    hits = [
        prompts.fill(
            "search.hit", number=number, url=hit.url, title=hit.title, snippet=_shortened(hit.snippet, most)
        ).strip()
        for number, hit in enumerate(found.hits[:count], start=1)
    ]
    return BETWEEN.join(hits) or prompts.fill("search.nothing", query=found.query)


def access_part(prompts: PromptSet, url: str, need: str, result: str, title: str = "") -> str:
    """One page, the need, and what was read for it."""
    return prompts.fill("access.part", url=url, need=need, result=result, title=title)


def subtask_part(prompts: PromptSet, number: int, task: str, result: str) -> str:
    """One subtask's report as the lead sees it."""
    most = prompts.limits.report_chars
    return prompts.fill("subtask.part", number=number, task=task, result=_shortened(result, most))


def joined(parts: Iterable[str], between: str = BETWEEN) -> str:
    """The parts that hold something, with the separator between them."""
    return between.join(part for part in parts if part)


def shortened_result(prompts: PromptSet, text: str) -> str:
    """A reader's answer, cut to what the set lets an agent see of it."""
    return _shortened(text, prompts.limits.result_chars)


def _shortened(text: str, most: int) -> str:
    return text[: most - 2].rstrip() + " …" if most and len(text) > most else text


def _column_words(column: Column) -> str:
    return column.name if column.type is ColumnType.STR else f"{column.name} ({column.type.value})"


def _delegate_tool(prompts: PromptSet) -> ToolSpec:
    words = prompts.tools[DELEGATE]
    item = _object({"prompt": _string(words["prompt"], prompts.limits.call_chars)}, ["prompt"])
    return _listed(DELEGATE, "sub_agents", prompts, item, prompts.limits.width)


def _query(prompts: PromptSet) -> dict[str, Any]:
    words = prompts.tools[SEARCH]
    count = {"type": "integer", "description": words["count"]}
    query = _string(words["query"], prompts.limits.call_chars)
    return _object({"query": query, "count": count}, ["query"])


def _target(prompts: PromptSet) -> dict[str, Any]:
    words = prompts.tools[ACCESS]
    most = prompts.limits.call_chars
    need = _string(words["info_to_extract"], most)
    url = _string(words["url"], max(most, URL_CHARS) if most else 0)
    return _object({"url": url, "info_to_extract": need}, ["url", "info_to_extract"])


def _listed(name: str, plural: str, prompts: PromptSet, item: Mapping[str, Any], most: int) -> ToolSpec:
    words = prompts.tools[name]
    items = {"type": "array", "description": words[plural], "items": item, "minItems": 1, "maxItems": most}
    return ToolSpec(name, words["description"], _object({plural: items}, [plural]))


def _flat(name: str, prompts: PromptSet, item: Mapping[str, Any]) -> ToolSpec:
    return ToolSpec(name, prompts.tools[name]["description"], item)


def _string(description: str, most: int = 0) -> dict[str, Any]:
    bound = {"maxLength": most} if most else {}
    return {"type": "string", "description": description, **bound}


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}
