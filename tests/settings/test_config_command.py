"""`wideseek config` as a user meets it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wideseek_cli.cli.commands.config.command import app
from wideseek_cli.cli.commands.config.config_file import change
from wideseek_cli.core.errors import ConfigError, OutputError, UsageError
from wideseek_cli.export import output
from wideseek_cli.settings.layers import Places, load


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("WIDESEEK_"):
            monkeypatch.delenv(name)
    path = tmp_path / "conf" / "config.toml"
    monkeypatch.setenv("WIDESEEK_CONFIG", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_set_then_show_with_origin(config: Path) -> None:
    run("set", "width", "4")
    run("set", "time", "10m")
    run("set", "sources", "factbook,ddgs")
    run("set", "columns", "name, founded:int")
    assert config.read_text() == (
        'width = 4\ntime = 600.0\nsources = ["factbook", "ddgs"]\ncolumns = "name:str:key, founded:int"\n'
    )
    shown = {line.split()[0]: line for line in run("show").splitlines()}
    assert shown["width"].split() == ["width", "4", "user:", str(config)]
    assert shown["turns"].split() == ["turns", "10", "default"]
    assert run("show", "width") == "4\n"
    assert json.loads(run("show", "--json"))["width"] == {"value": 4, "kind": "user", "where": str(config)}


def test_path_names_the_files(config: Path, tmp_path: Path) -> None:
    assert run("path") == f"{config}  (not there)\n"
    run("set", "--project", "width", "3")
    assert run("path").splitlines()[0] == str(tmp_path / ".wideseek.toml")
    assert load().settings.width == 3


def test_comments_and_other_keys_stay(config: Path) -> None:
    config.parent.mkdir()
    config.write_text("# mine\nwidth = 2  # two\n\n[profile.fast]\nturns = 3\n# end\n")
    run("set", "width", "5")
    run("set", "repair", "0")
    run("set", "--profile", "fast", "width", "1")
    run("set", "--profile", "new", "width", "7")
    assert config.read_text() == (
        "# mine\nwidth = 5  # two\nrepair = 0\n\n"
        "[profile.fast]\nturns = 3\n# end\nwidth = 1\n\n[profile.new]\nwidth = 7\n"
    )


def test_an_empty_value_puts_the_default_back(config: Path) -> None:
    run("set", "width", "5")
    run("set", "width")
    assert config.read_text() == ""
    assert load().settings.width == 10


def test_a_linked_file_stays_linked_and_keeps_its_mode(config: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("width = 3\n")
    kept.chmod(0o640)
    config.parent.mkdir()
    config.symlink_to(kept)
    run("set", "width", "4")
    assert config.is_symlink()
    assert kept.read_text() == "width = 4\n"
    assert kept.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("value", ["/data/😀/p", 'a "quoted" \\ thing', "a\x7fb", "数据"])
def test_any_text_comes_back_as_it_was_set(config: Path, value: str) -> None:
    change(config, "prompts", value)
    assert load().settings.prompts == value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("width", "many", "width: must be a whole number"),
        ("colour", "red", "unknown setting 'colour'"),
    ],
)
def test_a_bad_change_changes_nothing(config: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        change(config, name, value)
    assert not config.exists()


def test_a_value_of_several_lines_is_replaced_whole(config: Path) -> None:
    config.parent.mkdir()
    config.write_text('sources = [\n  "factbook",\n]\n')
    change(config, "sources", "ddgs")
    assert config.read_text() == 'sources = ["ddgs"]\n'


@pytest.mark.parametrize("text", ["width = ", "a = " + "[" * 5000, "[profile]\nfast = 3\n"])
def test_what_cannot_be_changed_is_left_alone(config: Path, text: str) -> None:
    config.parent.mkdir()
    config.write_text(text)
    with pytest.raises(ConfigError):
        change(config, "width", "3", profile="fast")
    assert config.read_text() == text


def test_a_near_miss_is_corrected(config: Path) -> None:
    for words in (("set", "widht", "3"), ("show", "widht")):
        failure = CliRunner().invoke(app, words).exception
        assert isinstance(failure, ConfigError)
        assert failure.hint == "Did you mean width?"


def test_a_profile_needs_a_plain_name(config: Path) -> None:
    with pytest.raises(UsageError, match="cannot be a profile's name"):
        change(config, "width", "1", profile="a]b")


def test_a_project_may_not_set_the_engine(config: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be set by a project's file"):
        change(config, "engine", "http://x", is_project=True)


def test_a_password_in_a_url_is_not_shown(config: Path) -> None:
    run("set", "engine", "http://me:secret@host:1/v1")
    assert "secret" not in run("show")
    assert load(places=Places()).settings.engine == "http://me:secret@host:1/v1"


def test_where_nothing_can_be_written_no_other_place_is_offered(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-o` is no option of it."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(output.tempfile, "mkstemp", denied)
    with pytest.raises(OutputError, match=r"cannot write .*config\.toml: permission denied") as raised:
        change(config, "width", "4")
    assert raised.value.hint == ""
