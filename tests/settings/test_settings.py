"""Settings: what counts over what, what a bad value says, and that records bring them back."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path

import pytest

from wideseek_cli.core.errors import ConfigError, UsageError
from wideseek_cli.core.protected import PROJECT_FILE
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import parse_duration
from wideseek_cli.settings.layers import Origin, Places, from_plain, load, to_plain
from wideseek_cli.settings.projectfile import ALLOWED
from wideseek_cli.table.model import Column
from wideseek_cli.values.kinds import ColumnType


@pytest.fixture
def places(tmp_path: Path) -> Places:
    folder = tmp_path / "home" / "work" / "deep"
    folder.mkdir(parents=True)
    environ = {"WIDESEEK_CONFIG": str(tmp_path / "config.toml")}
    return Places(environ, folder, tmp_path / "home")


def user(places: Places, text: str) -> Path:
    path = places.user_file()
    path.write_text(text)
    return path


def project(places: Places, text: str) -> Path:
    path = places.home / "work" / PROJECT_FILE
    path.write_text(text)
    return path


def test_nothing_set_is_the_defaults(places: Places) -> None:
    loaded = load(places=places)
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {Origin()}


def test_flags_over_environment_over_project_over_user(places: Places) -> None:
    path = user(places, "width = 1\nturns = 1\nrepair = 1\nthink_cap = 1\n")
    near = project(places, "width = 2\nturns = 2\nrepair = 2\n")
    places.environ.update(WIDESEEK_WIDTH="3", WIDESEEK_TURNS="3")
    loaded = load({"width": 4, "model": None}, places=places)
    found = loaded.settings
    assert (found.width, found.turns, found.repair, found.think_cap) == (4, 3, 2, 1)
    assert loaded.origins["width"] == Origin("flag", "--width")
    assert loaded.origins["turns"] == Origin("environment", "WIDESEEK_TURNS")
    assert loaded.origins["repair"] == Origin("project", str(near))
    assert loaded.origins["think_cap"] == Origin("user", str(path))
    assert loaded.origins["model"] == Origin()
    assert loaded.files == (near, path)


def test_turns_are_those_of_the_agent_that_works(places: Places) -> None:
    alone = load({"single": True, "turns": 5}, places=places)
    assert alone.settings.single_turns == 5
    assert alone.origins["single_turns"] == Origin("flag", "--turns")
    assert load({"turns": 5}, places=places).settings.single_turns == Settings().single_turns
    assert load({"single": True}, places=places).settings.single_turns == Settings().single_turns


def test_a_profile_counts_over_the_plain_keys_of_its_file(places: Places) -> None:
    user(places, "width = 5\n[profile.fast]\nwidth = 2\ntime = '5m'\n[profile.slow]\nwidth = 9\n")
    assert load(places=places).settings.width == 5
    fast = load(profile="fast", places=places)
    assert (fast.settings.width, fast.settings.time_s, fast.profile) == (2, 300.0, "fast")
    places.environ["WIDESEEK_PROFILE"] = "slow"
    assert load(places=places).settings.width == 9
    with pytest.raises(ConfigError, match="no profile 'none'") as caught:
        load(profile="none", places=places)
    assert caught.value.hint == "known: fast, slow"


def test_a_file_can_name_its_usual_profile(places: Places) -> None:
    user(places, "use_profile = 'fast'\n[profile.fast]\nwidth = 2\n")
    assert load(places=places).settings.width == 2


def test_all_types_from_a_file(places: Places) -> None:
    path = user(
        places,
        """
        model = "tiny"
        temperature = 1
        grammar = false
        seed = 7
        source = ["factbook", "ddgs"]
        columns = "name, founded:int"
        max-age = "7d"
        record = "./runs.sqlite"
        lang = "zh"
        """,
    )
    found = load(places=places).settings
    assert found == Settings(
        model="tiny",
        temperature=1.0,
        grammar=False,
        seed=7,
        sources=("factbook", "ddgs"),
        columns=(Column("name", ColumnType.STR, True), Column("founded", ColumnType.INT)),
        max_age_s=604_800.0,
        record=(path.parent / "runs.sqlite").resolve(),
        language="zh",
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("width = 'many'", "width: must be a whole number, not 'many'"),
        ("width = 0", "width: must be from 1 to 100, not 0"),
        ("width = 2.5", "width: must be a whole number, not 2.5"),
        ("width = true", "width: must be a whole number, not True"),
        ("grammar = 'perhaps'", "grammar: must be true or false, not 'perhaps'"),
        ("temperature = inf", "temperature: must be a finite number"),
        ("kv = 'q4_0'", "kv: must be auto, f16 or q8_0, not 'q4_0'"),
        ("language = 'fr'", "language: must be auto, en or zh, not 'fr'"),
        ("time = 'soon'", "time: 'soon' is not a length of time"),
        ("sources = [1]", "sources: must be a list of texts"),
        ("columns = 'a:colour'", "columns: column 'a' has an unknown type 'colour'"),
        ("engine = 'localhost'", "engine: must be a URL that begins with http"),
        ("widht = 3", "unknown setting 'widht'"),
        ("record = '~nobody-of-this-name/runs'", "~nobody-of-this-name/runs: no user has this name"),
        ("width = ", "is not valid TOML"),
        ("width = " + "[" * 20_000, "is not valid TOML: maximum recursion depth"),
    ],
)
def test_a_bad_line_names_file_and_key(places: Places, line: str, said: str) -> None:
    path = user(places, line)
    with pytest.raises(ConfigError) as caught:
        load(places=places)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_near_miss_is_corrected(places: Places) -> None:
    user(places, "widht = 3")
    with pytest.raises(ConfigError) as caught:
        load(places=places)
    assert caught.value.hint == "Did you mean width?"


def test_a_variable_may_be_called_as_the_flag_is(places: Places) -> None:
    places.environ.update(
        WIDESEEK_SOURCE="factbook", WIDESEEK_CTX="4096", WIDESEEK_MODELS="/x", WIDESEEK_LANG=""
    )
    loaded = load(places=places)
    assert (loaded.settings.sources, loaded.settings.context) == (("factbook",), 4096)
    assert loaded.origins["sources"] == Origin("environment", "WIDESEEK_SOURCE")
    assert loaded.origins["language"] == Origin()


def test_a_bad_variable_and_a_bad_flag_are_named(places: Places) -> None:
    with pytest.raises(ConfigError, match="--max-age: 'x' is not a length of time"):
        load({"max_age_s": "x"}, places=places)
    places.environ["WIDESEEK_WIDTH"] = "x"
    with pytest.raises(ConfigError, match="WIDESEEK_WIDTH: must be a whole number"):
        load(places=places)


@pytest.mark.parametrize(
    "line",
    [
        *("engine = 'http://x'", "[profile.a]\nallow-hosts = ['10.0.0.1']", "model = './m.gguf'"),
        *("record = './r.sqlite'", "keep_record = false", "prompts = './p'", "ignore_robots = true"),
        *('sources = ["factbook", "searxng:http://x"]', '[profile.a]\nsource = "SearXNG:http://x"'),
        *('sources = "factbook, searxng:http://x"', 'sources = ["serper"]', "offline = false"),
        "use_profile = 'work'",
    ],
)
def test_a_project_may_not_set_what_is_the_users(places: Places, line: str) -> None:
    user(places, "[profile.work]\nengine = 'http://mine'\n")
    project(places, line)
    with pytest.raises(ConfigError, match="project's file"):
        load(places=places)


def test_every_setting_is_decided() -> None:
    """A new one is the user's until somebody has thought about it."""
    users = {"model", "engine", "lead_model", "sub_model", "prompts"}
    users |= {"ignore_robots", "allow_hosts", "record", "keep_record"}
    assert users == {part.name for part in fields(Settings)} - ALLOWED


def test_a_project_does_not_choose_among_the_users_profiles(places: Places) -> None:
    user(places, "[profile.work]\nengine = 'http://mine'\nwidth = 3\n")
    project(places, "use_profile = 'work'\n[profile.work]\nwidth = 7\n")
    assert (load(places=places).settings.engine, load(places=places).settings.width) == ("", 7)
    assert load(profile="work", places=places).settings.engine == "http://mine"


def test_what_a_project_may_set(places: Places) -> None:
    project(places, "offline = true\nsources = ['factbook', 'zim:./a.zim']\ncolumns = 'a, b'\n")
    settings = load(places=places).settings
    assert (settings.offline, settings.sources[0], len(settings.columns)) == (True, "factbook", 2)


@pytest.mark.parametrize("value", ["9" * 5000, "9" * 400, "-" + "9" * 400, "[" * 5000, "1e400", "nan"])
def test_values_that_are_too_much(places: Places, value: str) -> None:
    for name in ("width", "time", "temperature", "context"):
        project(places, f"{name} = {value}\n")
        with suppress(ConfigError):  # and nothing else
            load(places=places)


def test_a_project_file_above_home_is_not_read(places: Places) -> None:
    (places.home.parent / PROJECT_FILE).write_text("width = 7")
    assert places.project_file() is None
    assert load(places=places).settings.width == Settings().width


def test_a_folder_that_cannot_be_looked_into_has_no_project_file(places: Places) -> None:
    """Here for its name's length; the usual reason is another user's home."""
    inside = replace(places, folder=places.folder / ("x" * 300))
    assert inside.project_file() is None
    assert load(places=inside).settings == load(places=places).settings


def test_own_settings_that_cannot_be_looked_at_are_an_error(places: Places) -> None:
    hidden = {"WIDESEEK_CONFIG": f"/{'x' * 300}/config.toml"}
    with pytest.raises(ConfigError, match="cannot read"):
        load(places=replace(places, environ=hidden))


def test_own_settings_in_the_home_of_nobody(places: Places) -> None:
    lost = replace(places, environ={"WIDESEEK_CONFIG": "~nobody-of-this-name/config.toml"})
    with pytest.raises(UsageError, match="no user has this name"):
        load(places=lost)


def test_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert Places(home=tmp_path).project_file() is None


def test_a_project_file_of_somebody_else(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project(places, "width = 7")
    if os.geteuid() == 0:  # root's own files count for everybody
        os.chown(path, 12345, -1)
    else:
        monkeypatch.setattr("os.getuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        load(places=places)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("7d", 604_800), ("0.5h", 1800)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10x", "-5", "1e9", "10m5"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text)


def test_recorded_settings_come_back(places: Places) -> None:
    user(places, "columns = 'a, b:int'\nrecord = '/tmp/x.sqlite'\nsources = ['x']\nmax_age = 5\nseed = 3")
    settings = load(places=places).settings
    assert from_plain(to_plain(settings)) == settings
    assert from_plain({**to_plain(settings), "of_a_newer_version": 1}) == settings
