"""What the practice worlds hold: conditions, fields that do not exist, several lists, the documentation."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import pytest

from models.demo import harvest, invented, pydocs, tasks, worlds
from models.demo.experts.fieldwork import Fieldwork, Task
from models.scripted import ScriptedConversation
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.sources.offline.zim import ZimSource
from wideseek_cli.sources.reading.terms import guess_tokens

PROMPTS = load_prompts("compact")
ENTRY = """<dl class="py function"><dt id="{name}">{name}(<em>first</em>, <em>second=None</em>)<a>¶</a></dt>
<dd><p>Does something. New in version {version}.</p><dl class="field-list"><dt>note</dt></dl></dd></dl>"""


class Guessing:
    """Stands in for the tokenizer: the words are what is looked at here."""

    count = staticmethod(guess_tokens)


@pytest.fixture
def documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library").mkdir()
    for module in ("alpha", "beta"):
        entries = "".join(ENTRY.format(name=f"{module}.f{n}", version=f"3.{n}") for n in range(4))
        nested = '<dl class="py class"><dt id="x.C">x.C()</dt></dl>'
        (tmp_path / "library" / f"{module}.html").write_text(entries + nested, encoding="utf-8")
    monkeypatch.setenv(pydocs.FOLDER, str(tmp_path))
    pydocs._modules.cache_clear()


@pytest.mark.usefixtures("documentation")
def test_the_documentation_becomes_pages_with_plain_facts() -> None:
    found = pydocs._modules("py function")
    assert {module: len(entries) for module, entries in found.items()} == {"alpha": 4, "beta": 4}
    entry = found["alpha"][2]
    assert entry.facts == {
        "module": "alpha",
        "signature": "alpha.f2(first, second=None)",
        "first parameter": "first",
        "added in version": "3.2",
    }
    pages = {page.title for page in pydocs._world(random.Random(1), "py function").pages()}
    assert "alpha.f1" in pages or "beta.f1" in pages
    pydocs._modules.cache_clear()


def test_questions_narrow_only_what_can_be_told_apart() -> None:
    seen = foreign = several = 0
    for seed in range(12):
        world = invented.invented(random.Random(seed))
        for number in range(25):
            task = tasks.draw(world, random.Random(100 * seed + number), PROMPTS)
            several += len(task.groups) > 1
            foreign += any(name not in world.fields for name in task.fields)
            if task.condition:
                seen += 1
                fitting = [thing for thing in task.things if task.condition.fits(thing)]
                assert 0 < len(fitting) < len(task.things)
                assert task.condition.words in task.text
    assert min(seen, foreign, several) > 5


def test_chinese_questions_are_looked_up_in_english() -> None:
    world = worlds.factbook(random.Random(1), ("europe",))
    drawn = [tasks.draw(world, random.Random(seed), PROMPTS) for seed in range(150)]
    chinese = [task for task in drawn if "国家" in task.text]
    assert chinese
    for task in chinese:
        assert task.columns[0] == "国家"
        assert set(task.said) <= set(world.fields)
        assert task.subtask("Malta").isascii()


@pytest.fixture(scope="module")
def rivers() -> worlds.World:
    return invented.invented(random.Random(8))


@pytest.fixture(scope="module")
def played(rivers: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> list[ScriptedConversation]:
    """Sixty questions about one world, played by the expert."""
    source = ZimSource(rivers.write(tmp_path_factory.mktemp("zim")), rivers.name)

    async def play() -> list[ScriptedConversation]:
        talks = []
        for seed in range(60):
            talks += await harvest.play(rivers, source, PROMPTS, Guessing(), random.Random(seed))  # type: ignore[arg-type]
        return [talk for talk in talks if talk.turns]

    return asyncio.run(play())


@pytest.mark.slow
def test_a_narrowed_table_has_exactly_the_rows_that_fit(
    rivers: worlds.World, played: list[ScriptedConversation]
) -> None:
    rows = right = 0
    for talk in played:
        words = next((c for c in rivers.conditions if c.words in talk.opening.user), None)
        if talk.opening.label != "lead" or words is None:
            continue
        lines = [line for line in talk.turns[-1].reply.text.splitlines() if line.startswith("| ")]
        things = {thing.name: thing for thing in rivers.things()}
        for line in lines[2:]:
            rows += 1
            right += words.fits(things[line.strip("| ").split(" | ")[0]])
    assert rows > 5
    assert right == rows


@pytest.mark.slow
def test_a_list_is_reported_whole_and_numbered(
    rivers: worlds.World, played: list[ScriptedConversation]
) -> None:
    """By one subagent each."""
    seen = 0
    for talk in played:
        report = talk.turns[-1].reply.text
        if talk.opening.label != "lead" and report.count(f"# {rivers.plural.capitalize()} of ") == 1:
            group = report.partition(" of ")[2].partition("\n")[0]
            names = re.findall(r"^\d+\. (.+)$", report, re.MULTILINE)
            assert names == [thing.name for thing in rivers.groups[group]]
            assert f"\n{len(names)}. {names[-1]}" in report
            seen += 1
        assert report.count(f"# {rivers.plural.capitalize()} of ") < 2 or talk.opening.label == "lead"
    assert seen > 1


def test_a_verdict_names_its_ground() -> None:
    fact = worlds.Fact("Open shore", "total: 0 km (enclosed)", "0 km (enclosed)")
    condition = worlds.Condition(
        "that are enclosed", "enclosed", "open shore", lambda text: "enclosed" in text
    )
    task = Task("?", (), (), (), (), ("lake",), condition=condition)
    worker = Fieldwork(invented.invented(random.Random(1)), task)
    assert worker._said("enclosed", fact) == "0 km (enclosed): yes"
    assert worker._said("enclosed", None) == "not found"
