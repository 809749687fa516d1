"""Calls that are written otherwise than they should be, where what they mean is plain."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.fakeworld import (
    COLUMNS,
    QUESTION,
    FakeSources,
    ListJournal,
    call,
    colleges,
    engine_for,
    task_for,
)
from tests.answering import answer
from wideseek_cli.agents.calls import Query, Target, parse_calls, queries, subtasks, targets, without_calls
from wideseek_cli.agents.slips import values_of
from wideseek_cli.core import events as ev
from wideseek_cli.core.messages import ToolCall
from wideseek_cli.settings.config import Settings

ITEMS = '[{"query": "lakes"}, {"query": "rivers", "count": 5}]'
GOOD = f'{{"name": "search", "arguments": {{"queries": {ITEMS}}}}}'
ARGUMENTS_FIRST = f'{{"arguments": {{"queries": {ITEMS}}}, "name": "search"}}'


def tagged(body: str) -> str:
    return f"<think>a</think>\n<tool_call>\n{body}\n</tool_call>"


@pytest.mark.parametrize(
    "text",
    [
        tagged(f"```json\n{GOOD}\n```"),
        tagged(f"```\n{GOOD}"),
        tagged(GOOD.replace('"name"', '"tool"')),
        tagged(GOOD.replace('"search"', '"functions.search"')),
        tagged(f'{{"tool": "search", "queries": {ITEMS}}}'),
        tagged(f'{{"name": "search", "arguments": {{"queries": {json.dumps(ITEMS)}}}}}'),
        tagged(f'{{"name": "search", "arguments": {json.dumps(json.dumps({"queries": ITEMS}))}}}'),
        tagged(f"<function=search>\n<parameter=queries>\n{ITEMS}\n</parameter>\n</function>"),
        tagged(f"<function=search><parameter=queries>{ITEMS}"),
        f"<think>a</think>\n{ARGUMENTS_FIRST}",
        f'The tool {{"tool": "none"}} is not it.\n{ARGUMENTS_FIRST}',
        f"I search.\n```json\n{ARGUMENTS_FIRST}\n```",
        GOOD.replace('"name"', '"tool"'),
    ],
)
def test_a_call_with_its_parts_otherwise_is_the_same_call(text: str) -> None:
    (found,) = parse_calls(text).calls
    assert found.name == "search"
    assert queries(found) == queries(ToolCall("search", {"queries": json.loads(ITEMS)}))
    assert queries(found).items == (Query("lakes"), Query("rivers", 5))


@pytest.mark.parametrize(
    ("given", "items", "wrong"),
    [
        ('[{"prompt": "one"}, {"prompt": "two"}]', ("one", "two"), 0),
        ('["one", "two"]', ("one", "two"), 0),
        ("[{'prompt': 'one'}, {'prompt': 'two'},]", ("one", "two"), 0),
        ('{"prompt": "one"}', ("one",), 0),
        (['{"prompt": "one"}', "two"], ("one", "two"), 0),
        ("[]", (), 0),
        ('[{"prompt": "one"}, 4]', ('[{"prompt": "one"}, 4]',), 0),
        ("[1] in the list of [2]", ("[1] in the list of [2]",), 0),
        ("{Peru}: capital", ("{Peru}: capital",), 0),
        (["[1945]"], ("[1945]",), 0),
        ("one", ("one",), 0),
        ('[{"query": 4}]', (), 1),
    ],
)
def test_a_list_that_was_written_as_a_text_is_that_list(given: object, items: tuple, wrong: int) -> None:
    found = subtasks(ToolCall("create_sub_agents", {"sub_agents": given}))
    assert (found.items, found.wrong) == (items, wrong)


def test_pages_too() -> None:
    urls = json.dumps([{"url": "http://a", "info_to_extract": "x"}, {"url": "http://b"}])
    found = targets(ToolCall("access", {"urls": urls}))
    assert found.items == (Target("http://a", "x"), Target("http://b", ""))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('the "big" one', 'the "big" one'),
        ('"big"', '"big"'),
        ('from "a" to "b"', 'from "a" to "b"'),
        ('known as "the city", since when', 'known as "the city", since when'),
        (r"a \"good\" one", 'a "good" one'),
    ],
)
def test_quotes_inside_a_text_are_only_quotes(written: str, meant: str) -> None:
    body = f'{{"name": "search", "arguments": {{"queries": [{{"query": "{written}", "count": 2}}]}}}}'
    (found,) = parse_calls(tagged(body)).calls
    assert queries(found).items == (Query(meant, 2),)


def test_two_functions_in_one_block_are_two_calls() -> None:
    one = (
        "<function=access>\n<parameter=url>\nhttp://a\n</parameter>\n<parameter=info_to_extract>\nthe year\n"
    )
    found = parse_calls(tagged(f"{one}</parameter>\n</function>\n{one}</parameter>\n</function>"))
    assert [targets(each).items for each in found.calls] == [(Target("http://a", "the year"),)] * 2


def test_what_is_no_call_stays_an_answer() -> None:
    for text in ('{"tool": "hammer"}', '{"arguments": {"for": 1}}', '{"parameters": 3}'):
        assert not parse_calls(text)
        assert without_calls(f"It is {text}.") == f"It is {text}."
    assert without_calls(f"Lima.\n{ARGUMENTS_FIRST}") == "Lima."
    kept = 'Lima {"tool": "none"} is it.'
    assert without_calls(f"{kept}\n{GOOD}") == kept


def test_an_unknown_tool_is_told_by_the_name_it_was_given() -> None:
    (found,) = parse_calls(tagged('{"name": "web.browse", "arguments": {}}')).calls
    assert found.name == "web.browse"


@pytest.mark.parametrize("body", ["<function=", "<function=search", "```json\n```", '{"query": "a "b": c"}'])
def test_what_cannot_be_read_is_said(body: str) -> None:
    found = parse_calls(tagged(body))
    assert found.calls == ()
    assert len(found.skipped) == 1


async def test_subtasks_in_a_text_are_handed_out_one_by_one() -> None:
    places = colleges(3)
    tasks = [task_for(place) for place in places]
    lead = [call("create_sub_agents", sub_agents=json.dumps([{"prompt": task} for task in tasks])), "x"]
    journal = ListJournal()
    state = await answer(
        QUESTION,
        Settings(columns=COLUMNS, repair=0),
        engine=engine_for(places, lead),
        sources=FakeSources(places),
        journal=journal,
    )
    (wave,) = (event for event in journal.events if isinstance(event, ev.Delegated))
    assert list(wave.tasks) == tasks
    assert len(state.table.rows) == 3


BIT = st.sampled_from(
    [
        *'{}[]"\\,: \n',
        "a",
        "```",
        "```json\n",
        "<function=search>",
        "<parameter=queries>",
        "</parameter>",
        "1",
    ]
)


@given(st.lists(BIT, max_size=40).map("".join))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for body in (text, f'{{"name": "search", "queries": {text}', f'{{"tool": "search", "q": "{text}"}}'):
        with suppress(ValueError):
            assert values_of(body)
        for found in (*parse_calls(body).calls, *parse_calls(tagged(body)).calls):
            queries(found), subtasks(found), targets(found)


@pytest.mark.parametrize(
    "body",
    [
        "```" + "\n " * 50_000,
        '{"a": "' + '" ' * 50_000,
        '{"a": "' + '"' + " " * 100_000,
        "<function=x>" + "<parameter=a>" * 10_000,
        "<function=" * 10_000,
        '{"tool": ' * 10_000,
    ],
    ids=["fence", "quotes", "blanks", "parameters", "functions", "objects"],
)
def test_long_nonsense_is_refused_at_once(body: str) -> None:
    began = time.process_time()
    parse_calls(tagged(body)), parse_calls(body), without_calls(body)
    assert time.process_time() - began < 5
