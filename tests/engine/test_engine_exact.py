"""Our real prompts through the engine itself, turn by turn and resumed: the ids are the real tokenizer's.

The model's weights are random, so replies are put into its mouth; all else is the engine's own way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.engine.test_token_exact import IM_END, Reference, call
from wideseek_cli.agents import shapes
from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.core.events import Role
from wideseek_cli.core.findings import Hit, SearchResult
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, Stop, Turn
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine
from wideseek_cli.engine.local.sampler import Allowed, Floats
from wideseek_cli.table.columns import parse_columns

QUESTIONS = {
    "en": "List Iceland's towns: name, area in km², mayor's e-mail (don't guess).",
    "zh": "列出冰岛的城镇：名称、面积（平方公里）和市长。",
}
TASKS = {"en": "Find Akureyri's area and mayor.", "zh": "查出阿克雷里的面积和市长。"}
VOCABULARY, THINK_OPEN, THINK_CLOSE = 151_936, 151_667, 151_668
URL = "https://is.example/wiki/Akureyri?x=1&y=%20#s"
REPORTS = {
    "en": "```markdown\n| name | area |\n| --- | --- |\n| Akureyri | 138 |\n```",
    "zh": "```markdown\n| 名称 | 面积 |\n| --- | --- |\n| 阿克雷里 👍🏽 | 138 |\n```",
}


@dataclass
class Says:
    """Draws what it was told to, one token after the other."""

    tokens: deque[int]

    def draw(self, logits: Floats, allowed: Allowed | None = None) -> int:
        return self.tokens.popleft()


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Iterator[LocalEngine]:
    opened = LocalEngine.load(
        LoadOptions(tiny_model, conversation_tokens=8192, threads=1, grammar=False, speculate=False)
    )
    yield opened
    asyncio.run(opened.aclose())


@pytest.fixture(scope="module")
def reference(qwen3_ids: Callable[[str], list[int]], qwen3_template: str) -> Reference:
    return Reference(qwen3_ids, qwen3_template)


def opening_of(role: Role, prompts: PromptSet) -> Opening:
    language = prompts.language
    question = shapes.main_task(QUESTIONS[language], prompts, parse_columns("name, area:float"))
    return Opening(
        shapes.system_text(role, prompts, wants_table=True),
        shapes.user_text(role, prompts, question, 10, TASKS[language] if role is Role.SUBAGENT else ""),
        shapes.tools_for(role, prompts),
        prompts.show_tools,
    )


def searched(prompts: PromptSet, task: str) -> str:
    snippet = "It's a town;\r\n\tpop. 19,219  한국어 ไทย"
    hits = (Hit(URL, "Akureyri — café", snippet, "x"), Hit("u", "é", "", "x"))
    found = shapes.hits_text(prompts, SearchResult(task, hits, "x"), 3)
    return shapes.tool_message(prompts, [shapes.search_part(prompts, task, found)], 2, 10)


def read(prompts: PromptSet, task: str) -> str:
    text = "  Area: 138 km²\n\n\nMayor: Ásthildur <a@b.is>  "
    return shapes.tool_message(prompts, [shapes.access_part(prompts, URL, task, text, "Akureyri")], 3, 10)


def reported(prompts: PromptSet, task: str) -> str:
    parts = [shapes.subtask_part(prompts, n, task, REPORTS[prompts.language]) for n in (1, 2)]
    return shapes.tool_message(prompts, parts, 2, 10)


def turns_of(role: Role, prompts: PromptSet) -> list[tuple[str, str | None]]:
    """Replies with what came back, as the protocol's shapes make it."""
    task = TASKS[prompts.language]
    thought = f"<think>\n{task}?\n</think>\n\n"
    if role is Role.LEAD:
        calls = call("create_sub_agents", f'{{"sub_agents": [{{"prompt": "{task}"}}]}}')
        turns = [(thought + calls, reported(prompts, task))]
    elif role is Role.SINGLE:
        turns = [(thought + call("search", f'{{"query": "{task}"}}'), searched(prompts, task))]
    else:
        search = call("search", f'{{"queries": [{{"query": "{task}", "count": 3}}]}}')
        access = call("access", f'{{"urls": [{{"url": "{URL}", "info_to_extract": "{task}"}}]}}')
        turns = [(f"{thought}{search}\n{search}", searched(prompts, task)), (access, read(prompts, task))]
    return [*turns, (thought + REPORTS[prompts.language], None)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", [Role.LEAD, Role.SUBAGENT, Role.SINGLE])
async def test_the_engines_contexts_are_token_exact(
    role: Role, language: str, engine: LocalEngine, reference: Reference
) -> None:
    prompts = load_prompts("default", language)
    opening = opening_of(role, prompts)
    conversation = await engine.open(opening)
    wanted = reference.opening(opening)
    assert conversation.token_ids == tuple(wanted)
    history: list[Turn] = []
    for text, result in turns_of(role, prompts):
        said = [*reference.ids(text), IM_END]
        conversation._sampler = Says(deque(said))  # type: ignore[assignment]
        reply = await conversation.reply()
        assert (reply.text, reply.token_ids, reply.stop) == (text, tuple(said), Stop.END)
        wanted += said
        if result is not None:
            conversation.add_tool_result(result)
            wanted += reference.tool_message(result)
        history.append(Turn(reply, result))
        assert conversation.token_ids == tuple(wanted)
    resumed = await engine.open(replace(opening, history=history))
    assert resumed.token_ids == tuple(wanted)
    for one in (conversation, resumed):
        one.close()


async def test_a_reply_that_was_cut_off_gets_its_end_before_the_result(
    engine: LocalEngine, reference: Reference
) -> None:
    prompts = load_prompts("default", "en")
    opening = opening_of(Role.SUBAGENT, prompts)
    conversation = await engine.open(opening)
    said: Sequence[int] = reference.ids("<think>\nSo many")
    conversation._sampler = Says(deque(said))  # type: ignore[assignment]
    reply = await conversation.reply(ReplyLimits(max_tokens=len(said)))
    result = read(prompts, TASKS["en"])
    conversation.add_tool_result(result)
    wanted = [*reference.opening(opening), *said, IM_END, *reference.tool_message(result)]
    assert conversation.token_ids == tuple(wanted)
    resumed = await engine.open(replace(opening, history=[Turn(reply, result)]))
    assert resumed.token_ids == tuple(wanted)
    for one in (conversation, resumed):
        one.close()


OTHERS: dict[str, Callable[[list[int]], tuple[int, ...]]] = {
    "a server's": lambda said: (),
    "another vocabulary's": lambda said: tuple(token // 3 for token in said),
    "with another end": lambda said: (*said[:-1], 0),
    "past the vocabulary": lambda said: (*said[:-1], VOCABULARY),
    "none at all": lambda said: (-1, *said),
}


@pytest.mark.parametrize("ids", OTHERS.values(), ids=OTHERS)
async def test_replies_of_another_engine_are_read_in_our_own_tokens(
    ids: Callable[[list[int]], tuple[int, ...]], engine: LocalEngine, reference: Reference
) -> None:
    prompts = load_prompts("default", "zh")
    opening = opening_of(Role.SUBAGENT, prompts)
    wanted, history = reference.opening(opening), []
    for text, result in turns_of(Role.SUBAGENT, prompts)[:-1]:
        said = [*reference.ids(text), IM_END]
        history.append(Turn(Reply(text, ids(said), Stop.END, 1), result))
        wanted += [*said, *reference.tool_message(result)]
    resumed = await engine.open(replace(opening, history=history))
    assert resumed.token_ids == tuple(wanted)
    await resumed.reply(ReplyLimits(max_tokens=2))
    resumed.close()


async def test_what_another_engines_reply_spells_is_no_control_token(
    engine: LocalEngine, reference: Reference
) -> None:
    opening = opening_of(Role.SUBAGENT, load_prompts("default", "en"))
    text = "<think>\nIt says <|im_end|>.\n</think>\n\nDone."
    resumed = await engine.open(replace(opening, history=[Turn(Reply(text, (), Stop.END, 1))]))
    said = resumed.token_ids[len(reference.opening(opening)) :]
    assert engine.model.text(said) == text
    assert (said[0], THINK_CLOSE in said, IM_END in said) == (THINK_OPEN, True, False)
    resumed.close()


@pytest.mark.parametrize("behind", ["", "<tool_response>", "<|im_end|>"])
async def test_our_own_replies_keep_their_tokens_however_they_are_split(
    behind: str, engine: LocalEngine, reference: Reference
) -> None:
    """Letter by letter, in the middle of a character, cut at a tag."""
    opening = opening_of(Role.SUBAGENT, load_prompts("default", "en"))
    conversation = await engine.open(opening)
    letters = [token for letter in "found" for token in reference.ids(letter)]
    said = [*letters, *reference.ids("𐎀")[:1], *reference.ids(behind)]
    conversation._sampler = Says(deque(said))  # type: ignore[assignment]
    reply = await conversation.reply(ReplyLimits(max_tokens=len(said)))
    assert said[:5] != reference.ids("found")
    assert reply.text.startswith("found")
    assert reply.token_ids == tuple(said)
    resumed = await engine.open(replace(opening, history=[Turn(reply)]))
    assert resumed.token_ids == conversation.token_ids
    for one in (conversation, resumed):
        one.close()
