"""`wideseek view` as a user types it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import webbrowser
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from tests.ui import story
from wideseek_cli.cli.commands.view import app
from wideseek_cli.core.errors import NotFoundError, OutputError, ViewError
from wideseek_cli.record.store import Store
from wideseek_cli.view import server
from wideseek_cli.view.browser import has_screen, opened
from wideseek_cli.view.site import Site

RUN = "01k2x7abc"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "runs.sqlite"
    monkeypatch.setenv("WIDESEEK_RECORD", str(path))
    monkeypatch.setenv("WIDESEEK_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)
    with Store.open(path) as store:
        journal = store.journal(RUN)
        for event in story.whole_run(RUN):
            journal.commit(event)
        journal.close()
    return path


def test_a_page_in_a_file(record: Path) -> None:
    result = CliRunner().invoke(app, ["01k2", "-o", "run.html"], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote run {RUN} to run.html\n"
    html = Path("run.html").read_text(encoding="utf-8")
    assert "University of Pennsylvania" in html
    assert '"gzip":"' in html
    assert '"live":""' in html


def test_a_file_that_must_stay_is_not_replaced(record: Path) -> None:
    with pytest.raises(OutputError, match="is a run record"):
        CliRunner().invoke(app, ["-o", str(record)], catch_exceptions=False)


@pytest.mark.parametrize("run", ["nosuchrun", "../../etc/passwd"])
def test_a_run_that_is_not_there(record: Path, run: str) -> None:
    with pytest.raises(NotFoundError, match="no run is called"):
        CliRunner().invoke(app, [run, "--no-open"], catch_exceptions=False)


def test_no_record_yet(tmp_path: Path) -> None:
    missing = tmp_path / "none.sqlite"
    with pytest.raises(NotFoundError, match="no run is recorded yet"):
        CliRunner().invoke(app, ["--no-open", "--record", str(missing)], catch_exceptions=False)
    assert not missing.exists()


def test_no_port(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(site: Site) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(server, "_Server", refuse)
    with pytest.raises(ViewError, match="no port of") as raised:
        CliRunner().invoke(app, ["--no-open"], catch_exceptions=False)
    assert "-o page.html" in raised.value.hint


def test_serving_until_it_is_told_to_end(record: Path) -> None:
    """A process of its own: the address is the result, Ctrl-C its end."""
    command = [sys.executable, "-m", "wideseek_cli", "view", RUN, "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.endswith(f"/run/{RUN}")
        with urlopen(address, timeout=20) as answer:
            assert b"Ivy League" in answer.read()
        process.send_signal(2)
        assert process.wait(20) == 0
        assert process.stdout.read() == ""


def test_the_token_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other users can read it there. The file that the browser gets is the user's own."""
    given: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: given.append(url) or True)
    monkeypatch.setenv("DISPLAY", ":0")
    with opened("http://127.0.0.1:1/token&x/") as took:
        assert took
        file = Path(given[0].removeprefix("file://"))
        assert "token" not in given[0]
        assert "url=http://127.0.0.1:1/token&amp;x/" in file.read_text(encoding="utf-8")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not file.exists()


def test_no_browser_where_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert not has_screen({"TERM": "xterm"})
    assert has_screen({"WAYLAND_DISPLAY": "wayland-0"})
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert os.environ.get("DISPLAY") is None
    with opened("http://127.0.0.1:1/x/") as took:
        assert not took
