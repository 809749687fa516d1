"""README and the help pages name every command, and nothing that does not exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.parsers import parsers
from wideseek_cli import __version__
from wideseek_cli.cli.commands.help import main as help_page
from wideseek_cli.core.errors import UsageError
from wideseek_cli.export.writing import Format
from wideseek_cli.help import TOPICS, text_of
from wideseek_cli.help.roff import to_roff

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SKILL = (ROOT / "wideseek_cli/mcp/SKILL.md").read_text(encoding="utf-8")
PAGES = "\n".join([README, SKILL, *map(text_of, TOPICS)]).replace("\\\n", " ")
# every `wideseek …` in a code block or between backticks
EXAMPLES = sorted(set(re.findall(r"(?<!\w )wideseek ((?:[a-z]|--)[^`\n#|>;]*)", PAGES)))


def test_every_command_is_documented() -> None:
    for name in parsers():
        first = "" if " " in name else "wideseek "
        assert re.search(rf"\b{first}{name}\b", PAGES), f"neither README nor help shows `wideseek {name}`"


def test_every_example_can_be_typed() -> None:
    """The commands and options of an example exist."""
    assert len(EXAMPLES) > 100
    for example in EXAMPLES:
        words = shlex.split(example.replace("…", "x").strip())
        name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in parsers()), "")
        group = any(known.startswith(f"{words[0]} ") for known in parsers())
        assert name or group or words[0].startswith("--"), example
        params = parsers()[name].params if name else ()
        known = {option for param in params for option in (*param.opts, *param.secondary_opts)}
        for word in words[name.count(" ") + 1 :] if name else ():
            if word.startswith("-") and len(word) > 1:
                assert word.partition("=")[0] in known | {"--help"}, f"`wideseek {example}`: no option {word}"


def test_the_page_of_formats_has_all() -> None:
    text = text_of("formats")
    assert [kind.value for kind in Format if f" {kind.value} " not in text.replace("`", " ")] == []


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(README.split()) <= 1200


def test_the_map_is_short_and_the_changelog_up_to_date() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split()) <= 900
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d.*)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert versions == [__version__, "0.1.0"]


def test_the_hook_refuses_long_subjects() -> None:
    hook = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8").split("id: commit-subject")[1]
    pattern = re.search(r"entry: '(.+)'", hook)
    assert pattern is not None
    assert re.search(pattern[1], "x" * 73, re.MULTILINE)
    assert not re.search(pattern[1], "x" * 72 + "\n\n" + "y" * 100, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_a_short_page_and_a_manual_page(topic: str) -> None:
    text = text_of(topic)
    assert text.startswith("# ")
    assert len(text.split()) < 450
    page = to_roff(topic, TOPICS[topic], text)
    assert page.startswith('.TH "WIDESEEK-')
    said = re.findall(r"\w{4,}", re.sub(r"```\w*|.*\n\| --- .*", "", text).upper())  # but for headers
    assert set(said) <= set(re.findall(r"\w{4,}", page.upper().replace("\\FB", " ").replace("\\FR", " ")))


def test_an_unknown_topic_names_those_there_are() -> None:
    with pytest.raises(UsageError) as raised:
        help_page("weather", man=False)
    assert "cells" in raised.value.hint
