"""Reading what models write as tool calls."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wideseek_cli.agents.calls import Query, Target, parse_calls, queries, subtasks, targets, without_calls
from wideseek_cli.core.messages import ToolCall

GOOD = '{"name": "search", "arguments": {"queries": [{"query": "lakes"}]}}'


def only(text: str) -> ToolCall:
    (found,) = parse_calls(text).calls
    return found


@pytest.mark.parametrize(
    "text",
    [
        f"<tool_call>\n{GOOD}\n</tool_call>",
        f"<think>I could <tool_call>x</tool_call>.</think>\n<tool_call>{GOOD}</tool_call>",
        f"<think>Never closed, but then:\n<tool_call>{GOOD}</tool_call>",
        f"<tool_call>{GOOD}",
        f"<tool_call>{GOOD[:-1]}",
        '<tool_call>{"name": "search", "arguments": {"queries": [{"query": "lakes"},]}}</tool_call>',
        "<tool_call>{'name': 'search', 'arguments': {'queries': [{'query': 'lakes'}]}}</tool_call>",
        '<tool_call>{"name": "search", "parameters": {"query": "lakes"}}</tool_call>',
        '<tool_call>{"name": "search", "arguments": "{\\"query\\": \\"lakes\\"}"}</tool_call>',
        '<tool_call>{"name": "search", "query": "lakes"}</tool_call>',
        f"```json\n{GOOD}\n```",
        GOOD,
        f"I will search.\n\n{{{{{GOOD}}}}}\n",
    ],
)
def test_a_call_is_read_as_it_was_meant(text: str) -> None:
    assert queries(only(text)).items == (Query("lakes"),)


def test_several_calls_in_their_order() -> None:
    other = GOOD.replace("lakes", "rivers")
    text = f"<tool_call>{GOOD}</tool_call>\n<tool_call>{other}\n{GOOD}</tool_call>"
    asked = [item.text for found in parse_calls(text).calls for item in queries(found).items]
    assert asked == ["lakes", "rivers", "lakes"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{not json", "not valid JSON"),
        ("[" * 50_000, "nested too deep"),
        ('{"a":' * 50_000, "nested too deep"),
        ("", "it is empty"),
        ('{{{"name": "search"}', "not valid JSON"),
        ('"search"', "not an object"),
        ('{"arguments": {}}', "it has no name"),
        ('{"name": "search", "arguments": [1]}', "its arguments are not an object"),
    ],
)
def test_a_call_that_cannot_be_read_is_skipped_and_said(body: str, reason: str) -> None:
    found = parse_calls(f"<tool_call>{body}</tool_call><tool_call>{GOOD}</tool_call>")
    assert len(found.calls) == 1
    assert reason in found.skipped[0]


@pytest.mark.parametrize(
    "text", ["The answer is 4.", "<think>search?</think> No.", '{"name": "Lima"}', "{", ""]
)
def test_an_answer_is_no_call(text: str) -> None:
    assert not parse_calls(text)


def test_items_of_the_wrong_type_are_skipped() -> None:
    found = queries(ToolCall("search", {"queries": [{"query": "a", "count": 7}, {"query": 3}, 4, "b", {}]}))
    assert found.items == (Query("a", 7), Query("b"))
    assert found.wrong == 3


@pytest.mark.parametrize(
    ("task", "read"),
    [
        (
            "Find for Peru: capital, total area, with capital and total area",
            "Find for Peru: capital, total area",
        ),
        ("Find for Peru: Capital, with capital.", "Find for Peru: Capital"),
        (
            "Find for Peru: capital, total area, with capital, total area, with capital, total",
            "Find for Peru: capital, total area",
        ),
        (
            "Find for Peru: capital, total area, with capital, climate, total area",
            "Find for Peru: capital, total area, with capital, climate, total area",
        ),
        ("Find for Peru: capital, with area", "Find for Peru: capital, with area"),
        (
            "Find for Peru: capital, with a tropical climate",
            "Find for Peru: capital, with a tropical climate",
        ),
        ("List the cities of Peru, with capital", "List the cities of Peru, with capital"),
        ("films of Laurel and Hardy, with Hardy", "films of Laurel and Hardy, with Hardy"),
        ("Compare Peru with Chile: area", "Compare Peru with Chile: area"),
    ],
)
def test_the_end_of_a_subtask_that_only_repeats_it_is_left_out(task: str, read: str) -> None:
    assert subtasks(ToolCall("", {"sub_agents": [{"prompt": task}]})).items == (read,)


def test_subtasks_and_targets() -> None:
    assert subtasks(ToolCall("", {"sub_agents": [{"prompt": " one "}, {"prompt": ""}]})).items == ("one",)
    assert subtasks(ToolCall("", {"sub_agents": 7})).wrong == 1
    flat = targets(ToolCall("access", {"url": "http://a", "info_to_extract": "b"}))
    assert flat.items == (Target("http://a", "b"),)


def test_a_count_that_is_no_number_is_left_out() -> None:
    assert queries(ToolCall("search", {"query": "a", "count": "many"})).items == (Query("a", 0),)
    assert queries(ToolCall("search", {"query": "a", "count": True})).items == (Query("a", 0),)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Lima.", "Lima."),
        (f"Lima.\n<tool_call>{GOOD}</tool_call>", "Lima."),
        (f"Lima.\n{{{GOOD}\n</tool_call>", "Lima."),
        (f"{GOOD}\n</tool_call>", ""),
        ("<tool", ""),
        ("Lima.\n</tool_call>", "Lima."),
        ('The page says {"name": 3}.', 'The page says {"name": 3}.'),
    ],
)
def test_calls_are_no_part_of_an_answer(text: str, answer: str) -> None:
    assert without_calls(text) == answer


def test_endless_texts_are_cut() -> None:
    (query,) = queries(ToolCall("search", {"query": "a" * 100_000})).items
    assert len(query.text) == 2000


PIECES = [*"{}[]\"\\'ab:,0 \n<>/", "<tool_call>", "</tool_call>", '{"name": "search"', '"arguments": {']


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_whatever_is_written_is_read_without_a_crash(pieces: list[str]) -> None:
    text = "".join(pieces)
    for call in parse_calls(f"<tool_call>{text}").calls + parse_calls(text).calls:
        assert isinstance(call.name, str)
        queries(call), subtasks(call), targets(call)
