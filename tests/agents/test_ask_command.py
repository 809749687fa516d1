"""The command line of `ask`: what it takes, what it shows, what it refuses."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wideseek_cli.cli.commands import ask as command
from wideseek_cli.cli.shared.options import SETTINGS
from wideseek_cli.core.errors import NotFoundError, OutputError, UsageError
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import public_name


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No config file, model or record of the machine's own."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)


def ask(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(command.app, list(words), input=stdin)


def test_every_option_is_a_setting_and_has_help() -> None:
    assert set(SETTINGS) <= {field.name for field in fields(Settings)}
    shown = ask("--help").output
    for name in (
        "--columns",
        "--model",
        "--source",
        "--time",
        "--repair",
        "--record",
        "--format",
        "--dry-run",
    ):
        assert name in shown
    titles = ("Options:", "The answer:", "Output:", "Model:", "Agents:", "Sources:", "Budgets:", "Record and")
    places = [shown.index(f"\n{title}") for title in titles]
    assert places == sorted(places), "what the answer shall be comes first, where it is kept last"


@pytest.mark.parametrize("words", [["List", "all", "lakes"], ["List all lakes"]])
def test_the_question_is_all_the_words(words: list[str]) -> None:
    shown = ask(*words, "--dry-run", "--engine", "http://127.0.0.1:9").output
    assert "question:        List all lakes\n" in shown
    assert "answer:          a table" in shown


def test_the_question_comes_from_stdin_or_a_file(tmp_path: Path) -> None:
    flags = ("--dry-run", "--engine", "http://127.0.0.1:9")
    (tmp_path / "q.txt").write_text("Who wrote it?\n", encoding="utf-8")
    assert "question:        Who wrote it?\n" in ask("@q.txt", *flags).output
    assert "question:        Who built it?\n" in ask(*flags, stdin="Who built it?\n").output
    assert "question:        Who sold it?\n" in ask("-", *flags, stdin="Who sold it?").output
    assert "answer:          a short answer" in ask("@q.txt", *flags).output


def test_a_dry_run_shows_what_would_be_used() -> None:
    shown = ask(
        *("List lakes", "--dry-run", "--engine", "http://127.0.0.1:9", "-m", "some-model", "--width", "4"),
        *(
            "--columns",
            "lake, depth:float",
            "-s",
            "factbook",
            "--time",
            "10m",
            "--max-pages",
            "7",
            "--lang",
            "zh",
        ),
    ).output
    for line in (
        "columns:         lake:str, depth:float",
        "model:           some-model at http://127.0.0.1:9",
        "sources:         factbook",
        "prompts:         default (zh)",
        "up to 4 subagents at once",
        "budgets:         600 s, 7 pages",
    ):
        assert line in shown


def test_a_dry_run_says_what_memory_the_contexts_take(tiny_model: Path) -> None:
    shown = ask("List lakes", "--dry-run", "-m", str(tiny_model), "--width", "2").output
    assert re.search(r"context: +\d.* tokens, KV in .*, up to [\d.]+ GB of copies of idle", shown)


def test_a_dry_run_without_the_model_says_how_to_get_it() -> None:
    result = ask("List lakes", "--dry-run", "-m", "wideseek-r1-4b")
    assert result.exit_code == 0
    assert "is not on this machine (download it: wideseek models pull wideseek-r1-4b)" in result.output


@pytest.mark.parametrize("flags", [(), ("--engine", "http://127.0.0.1:9")])
def test_a_dry_run_shows_the_prompts_of_a_known_model_wherever_it_is(flags: tuple[str, ...]) -> None:
    for model, prompts in (("demo", "compact (en)"), ("qwen2.5-coder-1.5b", "plain (en)")):
        shown = ask("列出南美洲国家的首都", "--dry-run", "-m", model, *flags).output
        assert f"prompts:         {prompts}\n" in shown


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--columns", "a, a"], "is named twice"),
        (["--columns", "a:integer"], "unknown type"),
        (["--answer", "long"], "auto, table or short"),
        (["--width", "0"], "from 1 to 100"),
        (["--time", "soon"], "is not a length of time"),
        (["-f", "pdf"], "unknown format"),
        (["-o", "table.pdf"], "cannot tell a format"),
        (["--prompts", "nonesuch"], "no prompt set"),
        (["--engine", "ftp://x"], "begins with http"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(words: list[str], line: str) -> None:
    result = ask("List lakes", "--dry-run", *words)
    assert isinstance(result.exception, UsageError)
    assert line in str(result.exception)


def test_no_question_is_refused() -> None:
    with pytest.raises(NotFoundError, match="there is no file"):
        command.read_question(["@nowhere.txt"])
    assert isinstance(ask(stdin="  \n").exception, UsageError)


@pytest.mark.parametrize(
    ("target", "said"),
    [("no/such/place.csv", "no such file"), (".", "is a folder"), ("locked.csv", "read-only")],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_done(
    target: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked.csv").write_text("kept")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the superuser may write everywhere
    failure = ask("List all lakes", "-o", target, "--engine", "http://127.0.0.1:9").exception
    assert isinstance(failure, OutputError)
    assert said in str(failure)
    assert (tmp_path / "locked.csv").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["locked.csv"]


def test_the_plan_says_where_a_setting_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_TURNS", "4")
    shown = ask("Which lakes?", "--dry-run", "-w", "3", "--engine", "http://me:secret@127.0.0.1:9").output
    assert "settings:        engine = http://…@127.0.0.1:9 (--engine); width = 3 (--width); " in shown
    assert "turns = 4 (WIDESEEK_TURNS)" in shown


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_option_goes_by_its_settings_name_too(name: str) -> None:
    """So that an error that names the setting names an option."""
    assert f"--{public_name(name).replace('_', '-')}" in ask("--help").output


def lead_prompt(*flags: str) -> str:
    """What a dry run says of the prompt set, and of the lead's prompt."""
    shown = ask("List lakes", "--dry-run", "--engine", "http://127.0.0.1:9", *flags).output
    return "\n".join(line for line in shown.splitlines() if line.startswith(("prompts:", "lead prompt:")))


def test_a_folder_of_ones_own_prompts_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "lead.md").write_text("Lead. " + "word " * 4000, encoding="utf-8")
    assert lead_prompt().startswith("prompts:         default (en)\nlead prompt:     about ")
    mine = lead_prompt("--prompts", "./mine")
    assert mine.startswith("prompts:         mine (en)\nlead prompt:     about 5")
    assert lead_prompt("--prompts", str(folder), "--lang", "zh") == mine, "English throughout"
    (folder / "laed.md").write_text("a slip", encoding="utf-8")
    failure = ask("List lakes", "--dry-run", "--prompts", "mine").exception
    assert isinstance(failure, UsageError)
    assert "nothing is called 'laed'" in str(failure)


def test_one_agent_alone_has_no_repair_and_the_help_says_so() -> None:
    assert "without --repair" in ask("--help").output
    shown = ask(
        "List lakes", "--dry-run", "--engine", "http://127.0.0.1:9", "--single", "--repair", "3"
    ).output
    assert "agents:          one agent, 50 turns\n" in shown


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "q.bin").write_bytes(b"\xff\xfe")
    for words, stdin in ((["@q.bin"], None), ([], b"\xff\xfe")):
        failure = CliRunner().invoke(command.app, words, input=stdin).exception
        assert isinstance(failure, UsageError)
        assert "is not UTF-8 text" in str(failure)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        command.read_question([f"@{tmp_path}"])
