"""Whole transcripts of lead and subagent against shapes written out by hand, as text and as token ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from models.scripted import Play, ScriptedConversation, ScriptedEngine, by_label
from tests.agents.fakeworld import (
    LIST_URL,
    QUESTION,
    FakeSources,
    ListJournal,
    access,
    colleges,
    delegate,
    search,
    table,
)
from tests.answering import answer
from wideseek_cli.agents.promptset import load_prompts, set_names
from wideseek_cli.agents.shapes import language_of, system_text, tools_for
from wideseek_cli.core.errors import ConfigError, DecodeError, NotFoundError
from wideseek_cli.core.events import Role
from wideseek_cli.engine.chat import ChatTemplate
from wideseek_cli.eval.questions.dataset import load_dataset
from wideseek_cli.settings.config import Settings

FIRST = "This is your first turn. You have {n} turns in all; the final answer must be given by then."
NEXT = "Your next answer is turn {t}. The final answer must be given by turn {n}."
LEAD = [
    "<think>\nNames first.\n</think>\n\n" + delegate("List the colleges.", "Say hello."),
    "<think>\nDone.\n</think>\n\n" + table([("Milinven College", "Gus", 1500)]),
]
SUBAGENT = [
    "<think>\nLook.\n</think>\n\n" + search("list", "nowhere"),
    "<think>\nRead.\n</think>\n\n" + access(LIST_URL, "fake://ardovia/Zefrumkha_College", need="names"),
    "<think>\nThere.\n</think>\n\nThere are two colleges.",
]
FAILING = [Play("", error=DecodeError("the batch failed."))]


async def transcripts() -> dict[str, ScriptedConversation]:
    places = colleges(2)
    sources = FakeSources(places, dead=frozenset({places[0].url}))
    engine = ScriptedEngine(by_label({"lead": LEAD, "w1.s1": SUBAGENT, "w1.s2": FAILING}))
    await answer(QUESTION, Settings(repair=0), engine=engine, sources=sources, journal=ListJournal())
    return {conversation.opening.label: conversation for conversation in engine.conversations}


async def test_the_lead_sees_the_protocols_shapes() -> None:
    lead = (await transcripts())["lead"]
    assert lead.opening.user == (
        f"# Task\nAnswer this question with the help of your subagents:\n{QUESTION}\n\n" + FIRST.format(n=10)
    )
    assert [tool.name for tool in lead.opening.tools] == ["create_sub_agents"]
    assert lead.turns[0].tool_result == (
        "# Subtask 1:\nList the colleges.\n# Result:\nThere are two colleges.\n\n"
        "# Subtask 2:\nSay hello.\n# Result:\n"
        "The subagent failed: the batch failed. Please hand this subtask out again.\n\n"
        + NEXT.format(t=2, n=10)
    )
    lacking = ", ".join(place.name for place in colleges(2))
    assert lead.turns[1].tool_result == (
        "The page Colleges of Ardovia has a list of 2 rows that fits the question. Your table does not have "
        f"these of them: {lacking}. Write the whole table again, with those that belong in it.\n\n"
        + NEXT.format(t=3, n=10)
    )
    assert len(lead.turns) == 3


async def test_a_subagent_sees_the_protocols_shapes() -> None:
    places = colleges(2)
    subagent = (await transcripts())["w1.s1"]
    assert subagent.opening.user == (
        f"# Task\n{QUESTION}\n\nYour current subtask, a part of the task above:\nList the colleges.\n\n"
        + FIRST.format(n=20)
    )
    assert [tool.name for tool in subagent.opening.tools] == ["search", "access"]
    assert subagent.turns[0].tool_result == (
        f"# Search query:\nlist\n# Result:\n[Doc 1]({LIST_URL}):\nColleges of Ardovia\nAll colleges.\n\n"
        "# Search query:\nnowhere\n# Result:\nThe search found nothing for this query.\n\n"
        + NEXT.format(t=2, n=20)
    )
    assert subagent.turns[1].tool_result == (
        f"# Access URL:\n{LIST_URL}\n# Info to extract:\nnames\n# Result:\n"
        f"# Colleges of Ardovia\n\n- {places[0].name}\n- {places[1].name}\n\n"
        "# Access URL:\nfake://ardovia/Zefrumkha_College\n# Info to extract:\nnames\n# Result:\n"
        "This address was not opened: no search has returned it and no page has linked to it. "
        "Open only addresses from search results.\n\n" + NEXT.format(t=3, n=20)
    )


@pytest.mark.parametrize("agent", ["lead", "w1.s1"])
async def test_their_token_ids_are_the_references(
    agent: str, qwen3_ids: Callable[[str], list[int]], qwen3_template: str
) -> None:
    """The other side is spelled out here, without template or chat code."""
    chat = ChatTemplate(qwen3_template, eos_token="<|im_end|>")
    conversation = (await transcripts())[agent]
    opening = conversation.opening
    functions = [json.dumps(tool.as_function(), ensure_ascii=False) for tool in opening.tools]
    wanted = qwen3_ids(
        f"<|im_start|>system\n{opening.system}\n\n# Tools\n\nYou may call one or more functions to assist "
        "with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n"
        "<tools>\n"
        + "\n".join(functions)
        + "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
        'within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": '
        "<args-json-object>}\n</tool_call><|im_end|>\n"
        f"<|im_start|>user\n{opening.user}<|im_end|>\n<|im_start|>assistant\n"
    )
    got = qwen3_ids(chat.render_opening(opening))
    for turn in conversation.turns:
        reply = qwen3_ids(turn.reply.text + "<|im_end|>")
        wanted += reply
        got += reply
        if turn.tool_result is not None:
            wanted += qwen3_ids(
                f"<|im_start|>user\n<tool_response>\n{turn.tool_result}\n</tool_response><|im_end|>\n"
                "<|im_start|>assistant\n"
            )
            got += qwen3_ids(chat.render_tool_result(turn.tool_result))
    assert got == wanted
    assert len(conversation.turns) == 3


async def test_subagents_share_their_beginning_up_to_their_own_subtask() -> None:
    said = await transcripts()
    first, second = said["w1.s1"].opening, said["w1.s2"].opening
    assert first.system == second.system
    shared = first.user.index("List the colleges.")
    assert first.user[:shared] == second.user[:shared]


@pytest.mark.parametrize("name", set_names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_set_is_whole(name: str, language: str) -> None:
    prompts = load_prompts(name, language)
    for role in Role:
        for wants_table in (True, False):
            text = system_text(role, prompts, wants_table)
            assert text
            assert not {"{width}", "{queries}", "{urls}", "{examples}", "{answer}"} & set(text.split())
        assert all(tool.description for tool in tools_for(role, prompts))
    assert "{question}" in prompts.texts["lead_user"]
    assert prompts.texts["subagent_user"].index("{question}") < prompts.texts["subagent_user"].index("{task}")


SHAPES = ("search.part", "search.hit", "access.part", "subtask.part")  # the protocol's own, in every language
LANGUAGE_OF = {("default", "zh"): "zh"}  # all others: English


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


@pytest.mark.parametrize("name", set_names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_set_mixes_languages(name: str, language: str) -> None:
    prompts = load_prompts(name, language)
    said = {key: text for key, text in prompts.texts.items() if re.sub(r"\{\w+\}|\s|#", "", text)}
    said = {key: text for key, text in said.items() if key not in SHAPES and key.lower() != "readme"}
    said |= {f"{tool}.{key}": text for tool, words in prompts.tools.items() for key, text in words.items()}
    chinese = {key for key, text in said.items() if has_chinese(text)}
    assert prompts.language == LANGUAGE_OF.get((name, language), "en")
    assert chinese == (set(said) if prompts.language == "zh" else set())


def test_a_folder_of_ones_own_does_not_mix_languages(tmp_path: Path) -> None:
    (tmp_path / "set.toml").write_text("[limits]\nwidth = 3\n", encoding="utf-8")
    bounded = load_prompts(str(tmp_path), "zh")
    assert (bounded.language, bounded.limits.width) == ("zh", 3), "limits are no words"
    (tmp_path / "lead.md").write_text("Lead: {answer}", encoding="utf-8")
    english = load_prompts(str(tmp_path), "zh")
    assert english.language == "en"
    assert not any(map(has_chinese, english.texts.values()))
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "lead.md").write_text("带队：{answer}", encoding="utf-8")
    chinese = load_prompts(str(tmp_path), "zh")
    assert chinese.texts["lead"] == "带队：{answer}"
    assert has_chinese(chinese.texts["subagent"])
    assert load_prompts(str(tmp_path), "en").texts["lead"] == "Lead: {answer}"


async def test_the_demo_models_chinese_questions_stand_in_english_prompts() -> None:
    """All that code says to any agent, but for what stands in the question itself."""
    task = load_dataset("factbook-wide:zh:small")[0]
    engine = ScriptedEngine(by_label({"lead": [*LEAD, LEAD[1]], "w1.s1": SUBAGENT, "w.s": ["Nothing."]}))
    sources, settings = FakeSources(colleges(2)), Settings(repair=1, prompts="compact")
    await answer(task.query, settings, engine=engine, sources=sources, journal=ListJournal())
    assert has_chinese(task.query)
    said = [text for talk in engine.conversations for text in (talk.opening.system, talk.opening.user)]
    said += [turn.tool_result or "" for talk in engine.conversations for turn in talk.turns]
    assert len(said) > 6
    for text in said:
        assert not has_chinese(text.replace(task.query, "")), text


def test_the_lead_prompt_keeps_the_protocols_order() -> None:
    text = system_text(Role.LEAD, load_prompts(), wants_table=True)
    parts = ["# Role", "# Think first", "<think>", "# Tool", "# Examples", "Ivy League", "# Final answer"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "boxed" not in text
    assert "Ivy" not in system_text(Role.LEAD, load_prompts(), wants_table=False)


def test_a_folder_replaces_single_files_and_sentences(tmp_path: Path) -> None:
    (tmp_path / "lead.md").write_text('Lead with {width}: {answer} {unknown} {"a": 1}\n', encoding="utf-8")
    (tmp_path / "sentences.toml").write_text('[hint]\nfirst = ""\n', encoding="utf-8")
    (tmp_path / "set.toml").write_text("show_tools = false\n[limits]\nwidth = 3\n", encoding="utf-8")
    prompts = load_prompts(str(tmp_path))
    text = system_text(Role.LEAD, prompts, wants_table=False)
    assert text.startswith("Lead with 3: # Final answer")
    assert text.endswith('{unknown} {"a": 1}')
    assert prompts.show_tools is False
    assert prompts.limits.queries == 5
    assert prompts.texts["hint.next"] == load_prompts().texts["hint.next"]


def test_a_folder_lies_over_the_models_own_set(tmp_path: Path) -> None:
    """Or over the one that it names itself."""
    (tmp_path / "lead.md").write_text("Lead: {answer}", encoding="utf-8")
    compact = load_prompts("compact")
    over = load_prompts(str(tmp_path), own="compact")
    assert over.texts["lead"] == "Lead: {answer}"
    assert over.texts["subagent"] == compact.texts["subagent"]
    assert (over.lists, over.reader, over.limits) == (compact.lists, compact.reader, compact.limits)
    assert load_prompts("default", own="compact").limits == load_prompts().limits
    assert load_prompts("", own="compact") == compact
    (tmp_path / "set.toml").write_text('base = "plain"\n', encoding="utf-8")
    assert load_prompts(str(tmp_path), own="compact").guide
    (tmp_path / "set.toml").write_text('base = "nonesuch"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="no prompt set 'nonesuch'"):
        load_prompts(str(tmp_path))


def test_what_is_filled_in_is_not_filled_again() -> None:
    prompts = load_prompts()
    assert "{hint}" in prompts.fill("lead_user", question="What is {hint}?", hint="H")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("sentences.toml", "[hint]\nfrist = 'x'\n", "nothing is called 'hint.frist'"),
        ("sentences.toml", "[hint]\nfirst = 3\n", "hint.first must be a text"),
        ("sentences.toml", "hint = 3\n", "hint must be a section"),
        ("sentences.toml", "[hint\n", "is not valid TOML"),
        ("set.toml", "[limits]\nwidht = 3\n", "limits.widht is not a limit"),
        ("set.toml", "[limits]\nwidth = -3\n", "limits.width is not a limit, or not a whole number"),
        ("set.toml", "show_tools = 'no'\n", "show_tools is not an option"),
        ("laed.md", "x", "nothing is called 'laed'"),
    ],
)
def test_a_slip_in_a_set_is_told(tmp_path: Path, name: str, text: str, line: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=line):
        load_prompts(str(tmp_path))


def test_a_set_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NotFoundError) as caught:
        load_prompts("nonesuch")
    assert "compact, default, plain" in caught.value.hint


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("List the Ivy League.", "en"),
        ("列出常春藤盟校的名称和建校年份", "zh"),
        ("列出 WideSearch 论文的作者", "zh"),
        ("Who wrote 红楼梦, and when was the first printed edition published?", "en"),
        ("1 + 1", "en"),
    ],
)
def test_the_question_chooses_the_language(question: str, language: str) -> None:
    assert language_of(question) == language


def test_a_set_can_bound_the_texts_of_a_call() -> None:
    """What the grammar then holds: no query without end. The schemas that are shown stay as they were."""
    for name, most in (("plain", 200), ("compact", 260)):
        search, access = tools_for(Role.SUBAGENT, load_prompts(name))
        query = search.parameters["properties"]["queries"]["items"]["properties"]["query"]
        target = access.parameters["properties"]["urls"]["items"]["properties"]
        assert query["maxLength"] == target["info_to_extract"]["maxLength"] == most
        assert target["url"]["maxLength"] == 500
    assert not load_prompts("compact").show_tools
    assert "maxLength" not in str([tools_for(role, load_prompts("default")) for role in Role])
