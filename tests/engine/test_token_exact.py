"""Whole transcripts, token by token: our context is what Qwen3's own tokenizer and template give.

The other side is the real tokenizer (`tokenizers` on tokenizer.json) and the template rendered plainly: the
opening as system, tools and user; each tool message alone, directly behind the reply's end token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wideseek_cli.core.messages import Opening, ToolSpec
from wideseek_cli.engine.chat import ChatTemplate
from wideseek_cli.engine.llamacpp.llama import Model

IM_START, IM_END, ASSISTANT = 151_644, 151_645, 77_091

DELEGATE = ToolSpec(
    "create_sub_agents",
    "Hand subtasks to agents that can search. 把子任务交给子智能体。",
    {
        "type": "object",
        "properties": {
            "sub_agents": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"prompt": {"type": "string", "description": "The subtask's text"}},
                    "required": ["prompt"],
                },
            }
        },
        "required": ["sub_agents"],
    },
)
SEARCH = ToolSpec("search", "Find pages for <queries> & more.", {"type": "object", "properties": {}})
ACCESS = ToolSpec(
    "access", "Read a page; 读网页", {"type": "object", "properties": {"url": {"type": "string"}}}
)


def call(name: str, arguments: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'


CALL = call("create_sub_agents", '{"sub_agents": [{"prompt": "Find Yale."}]}')
LEAD_ENGLISH = (
    Opening(
        "You are the main agent. Reason inside <think>…</think> first.\n\nEnd with ```markdown.",
        "# Task\nList the Ivy League's universities: name, city, founding year.\n\nThis is turn 1 of 10.",
        [DELEGATE],
    ),
    [
        (
            f"<think>\nEight of them; two waves?\n\n</think>\n\n{CALL}",
            "# Subtask 1:\nFind Yale.\n# Result:\nNew Haven, 1701.",
        ),
        (
            f"<think>\n\n</think>\n\n{CALL}\n{CALL}",
            "# Subtask 1:\nx\n\n\n# Result:\n\tIt's  1,636 km²; don't\r\nask.  \n",
        ),
        (
            "<think>\ndone\n</think>\n\n```markdown\n| Name | City |\n|---|---|\n| Yale | New Haven |\n```",
            None,
        ),
    ],
)
LEAD_CHINESE = (
    Opening(
        "你是主智能体。先在 <think>…</think> 里思考。",
        "# 任务\n列出中国的省份：名称、省会、面积（km²）。\n\n第1轮，共10轮。",
        [DELEGATE],
    ),
    [
        (
            f"<think>\n三十四个，分两批。\n</think>\n\n{CALL}",
            "# 子任务 1：\n河北\n# 结果：\n石家庄，188,800平方公里。👍🏽",
        ),
        ("<think>好</think>```markdown\n|名称|省会|\n|-|-|\n|河北|石家庄|\n```", None),
    ],
)
SUBAGENT = (
    Opening(
        "One part of a larger task.",
        "# Task\nMain question\n\nYour subtask: Yale's founding year",
        [SEARCH, ACCESS],
    ),
    [
        (
            "<think>\nlook\n</think>\n\n" + call("search", '{"queries": [{"query": "Yale"}]}'),
            "# Search query:\nYale\n# Result:\n[Doc 1](https://example.org/wiki/Yale?x=1&y=%20):\n"
            "Yale — café, cafe\u0301\n\n[Doc 2](u):\n한국어 текст ไทย",
        ),
        (
            "<think>\nread\n</think>\n\n" + call("access", '{"urls": [{"url": "u"}]}'),
            "\n\n  # Access URL:\nu\n# Result:\nFounded 9 October 1701.\n\n",
        ),
        ("<think>\nI know\n</think>\n\nYale was founded in **1701**.", None),
    ],
)
PLAIN = (Opening("Answer.", "Read this page for that need.", [SEARCH], show_tools=False), [("1701", None)])


class Reference:
    """Qwen3 as its authors ship it."""

    def __init__(self, ids: Callable[[str], list[int]], template: str) -> None:
        self.ids = ids
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
        environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
        self._template = environment.from_string(template)

    def opening(self, opening: Opening) -> list[int]:
        messages = [{"role": "system", "content": opening.system}, {"role": "user", "content": opening.user}]
        tools = [tool.as_function() for tool in opening.tools] if opening.show_tools else None
        return self.ids(self._template.render(messages=messages, tools=tools, add_generation_prompt=True))

    def tool_message(self, text: str) -> list[int]:
        message = {"role": "tool", "content": text}
        return self.ids(self._template.render(messages=[message], add_generation_prompt=True))


@pytest.fixture(scope="module")
def reference(qwen3_ids: Callable[[str], list[int]], qwen3_template: str) -> Reference:
    return Reference(qwen3_ids, qwen3_template)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[Model]:
    with closing(Model(tiny_model)) as model:
        yield model


@pytest.fixture(scope="module")
def chat(model: Model) -> ChatTemplate:
    return ChatTemplate(model.metadata["tokenizer.chat_template"], eos_token="<|im_end|>")


@pytest.mark.parametrize("transcript", [LEAD_ENGLISH, LEAD_CHINESE, SUBAGENT, PLAIN])
def test_transcripts_are_token_exact(
    transcript: tuple[Opening, list[tuple[str, str | None]]],
    reference: Reference,
    model: Model,
    chat: ChatTemplate,
) -> None:
    opening, turns = transcript
    wanted, got = reference.opening(opening), model.tokenize(chat.render_opening(opening))
    for reply, result in turns:
        said = [*reference.ids(reply), IM_END]
        wanted += said
        got += said
        if result is not None:
            wanted += reference.tool_message(result)
            got += model.tokenize(chat.render_tool_result(result))
    assert got == wanted
    ends = [at for at, token in enumerate(got) if token == IM_END]
    replies = [at for at in ends if at + 1 < len(got) and got[at + 1] == IM_START]
    assert len(replies) == sum(
        result is not None for _, result in turns
    )  # nothing between a reply and the next


def test_the_tiny_model_has_the_real_special_tokens(model: Model) -> None:
    names = {
        151_643: "<|endoftext|>", 151_644: "<|im_start|>", 151_645: "<|im_end|>", 151_657: "<tool_call>",
        151_658: "</tool_call>", 151_665: "<tool_response>", 151_666: "</tool_response>", 151_667: "<think>",
        151_668: "</think>",
    }  # fmt: skip
    assert {token: model.piece(token).decode() for token in names} == names
    assert [model.tokenize(text) for text in names.values()] == [[token] for token in names]
    assert model.tokenize("assistant") == [ASSISTANT]
    assert model.vocab_size == 151_936


letters = st.characters(min_codepoint=32, max_codepoint=0x2FFF, blacklist_categories=("Cs", "Cn", "Co", "Cc"))
chinese = st.characters(min_codepoint=0x3000, max_codepoint=0x9FA5, blacklist_categories=("Cn",))
texts = st.lists(st.one_of(letters, chinese, st.sampled_from(list(" \n\t'-0123456789|*#")))).map("".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=texts)
def test_any_text_is_token_exact(text: str, reference: Reference, model: Model, chat: ChatTemplate) -> None:
    assert model.tokenize(chat.render_tool_result(text)) == reference.tool_message(text)
