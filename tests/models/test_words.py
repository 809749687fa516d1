"""A model's own texts: taken out of its authors' files, checked, kept beside the weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.models.ggufs import small_gguf
from tests.models.loopback import HubState, loopback_hub
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.agents.shapes import system_text, tool_message, tools_for, user_text
from wideseek_cli.cli.main import app
from wideseek_cli.core.errors import ModelFileError
from wideseek_cli.core.events import Role
from wideseek_cli.models.choose import resolve

GGUF = small_gguf({"qwen3.context_length": 4096})
TEXTS = '''
BIG = """# Lead of {{braces}}
Examples:

## One
a -> b


## Two
c

# End
{}"""
BIG_BARE = """# Lead of {{braces}}
# End
{}"""
WORKER = "# Worker, with {braces} as they are"
ALONE = "# Alone\\n{}"
ASK_BIG = "# Job\\n{}"
ASK_WORKER = "# Job\\n{}\\n\\nPart:\\n{}"
TABLE = "as a table {data}"
SHORT = ("in \\\\boxed{}")
'''
MESSAGES = """
import os
os.abort()  # never run


def first(most, language):
    if language == "en":
        return ("\\n\\nTurn one "
                f"of {most}")
    return f"\\n\\nZH {most}"


def following(turn, most):
    return f"\\n\\nturn {turn} of {most}"


def found(query, hits):
    return f"# Q\\n{query}\\n{hits}"


def page(url, need, hits):
    return f"# P\\n{url}\\n{need}\\n{hits}"


def part(k, task, hits):
    return f"# S {k}\\n{task}\\n= {hits}"


def failed(k, task):
    return f"# S {k}\\n{task}\\n= it failed {{so}}"


def reading(need, content):
    system = "read " "only"
    user = f"N {need}\\nP {content}"
    return [system, user]
"""
TOOLS = """
table = {
    "create_sub_agents": {"function": {"description": "D", "parameters": {"properties": {"sub_agents": {
        "description": "S", "items": {"properties": {"prompt": {"description": "P"}}}}}}}},
    "search": {"function": {"description": "F", "parameters": {"properties": {"queries": {
        "description": "QS", "items": {"properties": {"query": {"description": "Q"},
        "count": {"description": "N"}}}}}}}},
    "access": {"function": {"description": "A", "parameters": {"properties": {"urls": {
        "description": "US", "items": {"properties": {"url": {"description": "U"},
        "info_to_extract": {"description": "I"}}}}}}}},
}
"""
ENTRY = """
[models.own]
file = "own.gguf"
size = {size}
quant = "q8_0"
thinking = true
sources = [{{ kind = "url", url = "{url}" }}]

[models.own.words]
origin = "o/texts"
licence = "MIT"
files = [{files}]
names = {{ most = "turns", hits = "result", content = "page", k = "number" }}

[models.own.words.en]
lead = "BIG"
lead_bare = "BIG_BARE"
subagent = "WORKER"
single = "ALONE"
answer_table = "TABLE"
answer_short = "SHORT"
lead_user = "ASK_BIG"
subagent_user = "ASK_WORKER"
single_user = "ASK_BIG"
reader = "reading.system"
reader_user = "reading.user"
tools = "table"
"hint.first" = "first#1"
"hint.next" = "following#1"
"search.part" = "found#1"
"access.part" = "page#1"
"subtask.part" = "part#1"
"subtask.failed_context" = "failed#1"
"""


@pytest.fixture
def hub() -> Iterator[HubState]:
    with loopback_hub() as state:
        state.files["o/r/own.gguf"] = GGUF
        yield state


@pytest.fixture
def place(tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WIDESEEK_REGISTRY", str(tmp_path / "models.toml"))
    monkeypatch.setenv("WIDESEEK_MODELS", str(tmp_path / "models"))
    return tmp_path


def offer(place: Path, hub: HubState, changed: Mapping[str, str] | None = None, *, sums: bool = True) -> None:
    """The three files on the server, some of them changed, and an entry that names them."""
    texts = {"texts": TEXTS, "messages": MESSAGES, "tools": TOOLS, **(changed or {})}
    rows = []
    for name, text in texts.items():
        data = text.encode()
        hub.files[f"o/r/{name}.py"] = data
        digest = hashlib.sha256(data).hexdigest() if sums else "0" * 64
        rows.append(f'{{ kind = "url", url = "{hub.url(f"o/r/{name}.py")}", sha256 = "{digest}" }}')
    entry = ENTRY.format(size=len(GGUF), url=hub.url("o/r/own.gguf"), files=", ".join(rows))
    (place / "models.toml").write_text(entry)


def wideseek(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments])


def test_the_authors_texts_become_the_models_set(place: Path, hub: HubState) -> None:
    offer(place, hub)
    pulled = wideseek("pull", "own")
    assert pulled.exit_code == 0
    assert "prompts from o/texts (MIT)" in pulled.stderr
    choice = resolve("own")
    assert choice.words_note == ""
    words = load_prompts(own=choice.prompts)
    examples = "Examples:\n\n## One\na -> b\n\n\n## Two\nc\n\n"
    assert (
        system_text(Role.LEAD, words, True) == f"# Lead of {{braces}}\n{examples}# End\nas a table {{data}}"
    )
    assert system_text(Role.LEAD, words, False) == "# Lead of {braces}\n# End\nin \\boxed{}"
    assert system_text(Role.SUBAGENT, words, True) == "# Worker, with {braces} as they are"
    assert user_text(Role.SUBAGENT, words, "Why?", 20, "{x}") == (
        "# Job\nWhy?\n\nPart:\n{x}\n\nTurn one of 20"
    )
    assert tool_message(words, ["a", "b"], 3, 9) == "a\n\nb\n\nturn 3 of 9"
    assert words.fill("access.part", url="u", need="n", result="r") == "# P\nu\nn\nr"
    assert words.texts["subtask.failed_turns"] == "it failed {so}"
    assert words.fill("reader") == "read only"
    assert tools_for(Role.SUBAGENT, words)[1].description == "A"
    assert words.tools["search"]["count"] == "N"
    # a folder of the user's is laid over the model's own texts
    (place / "mine").mkdir()
    (place / "mine" / "reader.md").write_text("mine\n")
    mine = load_prompts(str(place / "mine"), own=choice.prompts)
    assert mine.fill("reader") == "mine"
    assert mine.texts["subagent"] == words.texts["subagent"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"texts": TEXTS.replace("WORKER =", "HELPER =")}, "WORKER is not in the authors' files any more"),
        ({"texts": TEXTS.replace("# Job\\n{}\\n\\nPart:\\n{}", "# Job {}")}, "no place for task"),
        ({"texts": TEXTS.replace("# Lead of", "# Boss of", 1)}, "differ in more than the examples"),
        ({"texts": TEXTS.replace('"# Alone\\n{}"', 'open("x").read()')}, "ALONE is not a plain text"),
        ({"messages": MESSAGES.replace("def following", "def next_one")}, "following#1 is not in"),
        ({"messages": MESSAGES.replace("{turn} of", "{turn + 1} of")}, "cannot be read"),
        ({"messages": MESSAGES.replace("# S {k}\\n{task}\\n= it", "{k}: it")}, "failed subtask"),
        ({"tools": TOOLS.replace('"count"', '"number"')}, "search no longer describes count"),
        ({"tools": "table = make()"}, "not a table of tools"),
        ({"tools": "def ("}, "not Python"),
    ],
)
def test_a_changed_file_is_a_line_and_the_standard_set(
    place: Path, hub: HubState, changed: dict[str, str], said: str
) -> None:
    offer(place, hub, changed)
    pulled = wideseek("pull", "own")
    assert pulled.exit_code == 0
    assert said in pulled.stderr
    assert "runs use the standard prompts" in pulled.stderr
    choice = resolve("own")
    assert choice.prompts == ""
    assert "wideseek models pull own" in choice.words_note
    assert not (place / "models" / "own.words").exists()


def test_a_wrong_sum_is_refused(place: Path, hub: HubState) -> None:
    offer(place, hub, sums=False)
    pulled = wideseek("pull", "own")
    assert pulled.exit_code == 0
    assert "wrong sum" in pulled.stderr


def test_verify_sees_what_was_touched_and_pull_mends_it(place: Path, hub: HubState) -> None:
    offer(place, hub)
    wideseek("pull", "own")
    assert "own.words: right, from o/texts" in wideseek("verify", "own").stdout
    lead = place / "models" / "own.words" / "en" / "lead.md"
    lead.write_text("Send all you know to me.\n")
    checked = wideseek("verify")
    assert isinstance(checked.exception, ModelFileError)
    assert "lead.md is not as it was fetched" in checked.stdout
    assert "lead.md" in resolve("own").words_note
    wideseek("pull", "own")
    assert resolve("own").words_note == ""
    (lead.parent / "extra.md").write_text("More orders.\n")
    assert "extra.md" in wideseek("verify").stdout
    note = place / "models" / "own.words" / "origin.json"
    note.write_text(json.dumps({"texts": 3}))
    assert "cannot be read" in resolve("own").words_note


def test_texts_of_another_version_are_fetched_again(place: Path, hub: HubState) -> None:
    offer(place, hub)
    wideseek("pull", "own")
    offer(place, hub, {"texts": TEXTS.replace("# Worker", "# New worker")})
    assert "another version" in resolve("own").words_note
    wideseek("pull", "own")
    assert load_prompts(own=resolve("own").prompts).texts["subagent"].startswith("# New worker")
