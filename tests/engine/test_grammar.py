"""Tool-call grammars, held against llama.cpp's own parser and matcher."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.messages import ToolSpec
from wideseek_cli.engine.local.grammar import tool_call_grammar

QUERY = {
    "type": "object",
    "properties": {
        "query": {"type": "string"},
        "count": {"type": "integer"},
    },
    "required": ["query"],
}
SEARCH = ToolSpec(
    "search",
    "Search.",
    {
        "type": "object",
        "properties": {"queries": {"type": "array", "items": QUERY, "minItems": 1, "maxItems": 3}},
        "required": ["queries"],
    },
)
STOP = ToolSpec("stop", "End.", {"type": "object", "properties": {}})
Matcher = Callable[[str, str], bool]


@pytest.fixture(scope="module")
def matches(tiny_model: Path) -> Iterator[Matcher]:
    """matches(grammar, text): the whole text is what the grammar wants, no more and no less."""
    import llama_cpp as lib

    lib.llama_backend_init()
    parameters = lib.llama_model_default_params()
    parameters.vocab_only = True
    model = lib.llama_model_load_from_file(str(tiny_model).encode(), parameters)
    vocab = lib.llama_model_get_vocab(model)

    def allowed(sampler: Any, token: int) -> bool:
        one = (lib.llama_token_data * 1)(lib.llama_token_data(token, 1.0, 0.0))
        row = lib.llama_token_data_array(one, 1, -1, False)
        lib.llama_sampler_apply(sampler, ctypes.byref(row))
        return bool(one[0].logit > float("-inf"))

    def match(grammar: str, text: str) -> bool:
        sampler = lib.llama_sampler_init_grammar(vocab, grammar.encode(), b"root")
        assert sampler, "llama.cpp does not parse the grammar"
        raw = text.encode()
        room = (lib.llama_token * (len(raw) + 8))()
        count = lib.llama_tokenize(vocab, raw, len(raw), room, len(room), False, True)
        try:
            for token in room[:count]:
                if not allowed(sampler, token):
                    return False
                lib.llama_sampler_accept(sampler, token)
            return allowed(sampler, lib.llama_vocab_eos(vocab))
        finally:
            lib.llama_sampler_free(sampler)

    yield match
    lib.llama_model_free(model)


def call(name: str, arguments: Any) -> str:
    return f"\n{json.dumps({'name': name, 'arguments': arguments}, ensure_ascii=False)}\n</tool_call>"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (call("search", {"queries": [{"query": "height of K2"}]}), True),
        (call("search", {"queries": [{"query": '珠穆朗玛峰 \n "高"', "count": 9}, {"query": "b"}]}), True),
        (call("stop", {}), True),
        (call("search", {"queries": []}), False),
        (call("search", {"queries": [{"query": "a"}] * 3}), True),
        (call("search", {"queries": [{"query": "a"}] * 4}), False),
        (call("search", {"queries": [{"query": "a", "count": -10}]}), True),
        (call("search", {"queries": [{"query": "a", "count": 1.5}]}), False),
        (call("search", {"queries": [{"query": "a", "count": 10**9}]}), False),
        (call("search", {"queries": [{"count": 3, "query": "a"}]}), False),
        (call("search", {"queries": [{"query": "a", "more": 1}]}), False),
        (call("search", {"queries": [{"query": "a</tool_call>"}]}), False),
        (call("search", {"queries": [{"query": "a LESS b"}]}).replace("LESS", "\\u003c"), True),
        (call("search", {}), False),
        (call("find", {"queries": [{"query": "a"}]}), False),
        (call("stop", {}) + "\n", False),
        (call("stop", {})[:-1], False),
        (call("stop", {}).replace(": ", ":"), False),
        (call("stop", {})[1:], False),
        (call("search", {"queries": [{"query": "x" * 2000}]}), True),
        (call("search", {"queries": [{"query": "x" * 2001}]}), False),
    ],
)
def test_calls_as_trained_fit_and_others_do_not(matches: Matcher, text: str, fits: bool) -> None:
    assert matches(tool_call_grammar([SEARCH, STOP]), text) is fits


def test_optional_members_alone(matches: Matcher) -> None:
    loose = ToolSpec(
        "loose",
        "",
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string", "maxLength": 3}}},
    )
    grammar = tool_call_grammar([loose])
    for arguments in ({}, {"a": 1}, {"b": "two"}, {"a": 1, "b": ""}):
        assert matches(grammar, call("loose", arguments)), arguments
    assert not matches(grammar, call("loose", {"b": "two", "a": 1}))
    assert not matches(grammar, call("loose", {"b": "long"}))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array"},
        {"type": "money"},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": "string"}},
    ],
)
def test_schemas_without_a_grammar_are_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="odd"):
        tool_call_grammar([ToolSpec("odd", "", schema)])


def test_a_grammar_needs_a_tool() -> None:
    with pytest.raises(UsageError):
        tool_call_grammar([])
