"""No output replaces what is ours, and none waits for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.cli import scripted
from wideseek_cli.cli.commands.eval import report
from wideseek_cli.cli.main import app
from wideseek_cli.core import paths
from wideseek_cli.core.errors import OutputError, RecordError, WideseekError
from wideseek_cli.core.protected import PROJECT_FILE, check_output
from wideseek_cli.export import output
from wideseek_cli.record.store import Store
from wideseek_cli.sources.fetch.cache import PageCache
from wideseek_cli.ui.jsonl import JsonLines


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "r.sqlite"
    Store.open(path).close()
    return path


@pytest.fixture(autouse=True)
def _world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    scripted.begin(monkeypatch.setattr)


def _wideseek(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def _refused(*words: str) -> str:
    """Why a command is not carried out."""
    error = _wideseek(*words).exception
    assert isinstance(error, WideseekError), error
    return str(error)


ASK = ("ask", "list all colleges with city", "--quiet")


@pytest.mark.parametrize("spelling", ["plain", "link", "hard", "dots", "wal"])
def test_the_record_is_not_replaced(tmp_path: Path, record: Path, spelling: str) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "link").symlink_to(record)
    os.link(record, tmp_path / "hard")
    target = {
        "plain": record,
        "link": tmp_path / "link",
        "hard": tmp_path / "hard",
        "dots": tmp_path / "d" / ".." / "r.sqlite",
        "wal": tmp_path / "r.sqlite-wal",
    }[spelling]
    with pytest.raises(OutputError, match="would be overwritten"):
        check_output(target, record)


def _writing(name: str, out: str, folder: Path) -> tuple[str, ...]:
    """A command that writes a file."""
    table = str(folder / "list.csv")
    return {
        "ask": (*ASK, "-f", "sqlite", "-o", out),
        "events": (*ASK, "--events", out),
        "fill": ("fill", table, "-o", out, "--quiet"),
        "refresh": ("refresh", table, "-o", out, "--quiet"),
        "export": ("runs", "export", "@last", "-f", "sqlite", "-o", out),
        "replay": ("replay", "--svg", out),
        "view": ("view", "@last", "-o", out),
        "report": ("eval", "report", str(folder / "results"), "--html", out),
        "score": ("eval", "score", table, "--gold", table, "--key", "college", "--cells", out),
        "corpus": ("corpus", "build", str(folder / "pages"), "-o", out),
    }[name]


WRITING = ["ask", "events", "fill", "refresh", "export", "replay", "view", "report", "score", "corpus"]


@pytest.mark.parametrize("name", WRITING)
def test_no_command_replaces_what_is_ours(
    tmp_path: Path, record: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a link with the ending that the command wants; all that is ours by one, the record by each."""
    monkeypatch.setattr(report, "make_report", lambda folders: "a page")
    assert _wideseek(*ASK).exit_code in (0, 3)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.txt").write_text("A page.")
    (tmp_path / "list.csv").write_text("college,city\nA College,\n")
    ours = [paths.record_file(), record, Path(f"{record}-wal"), paths.config_file(), tmp_path / PROJECT_FILE]
    ours += [paths.cache_dir() / "pages.sqlite", tmp_path / "m.gguf"]
    for number, file in enumerate(ours if name == "view" else ours[:1]):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_bytes(b"GGUF\3\0\0\0" if file.suffix == ".gguf" else b"# ours")
        before = file.read_bytes()
        link = tmp_path / f"{number}{'.zim' if name == 'corpus' else ''}"
        link.symlink_to(file)
        assert "would be overwritten" in _refused(*_writing(name, str(link), tmp_path)), file
        assert file.read_bytes() == before


def test_a_record_that_is_yet_to_be_made(tmp_path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        with pytest.raises(OutputError):
            check_output(tmp_path / f"new.sqlite{end}", tmp_path / "new.sqlite")


def test_settings_cache_models_and_inputs(tmp_path: Path) -> None:
    model, questions = tmp_path / "m.gguf", tmp_path / "q.txt"
    model.write_bytes(b"GGUF\3\0\0\0")
    questions.write_text("list all colleges")
    ours = [
        paths.config_file(),
        paths.cache_dir() / "pages.sqlite",
        tmp_path / PROJECT_FILE,
        model,
        questions,
        paths.record_file(),
    ]
    for path in ours:
        with pytest.raises(OutputError):
            check_output(path, None, {str(questions): "the file of questions"})


def test_anything_else_may_be_replaced(tmp_path: Path, record: Path) -> None:
    (tmp_path / "old.csv").write_text("a,b\n")
    (tmp_path / "empty.sqlite").touch()
    for name in ("new.csv", "old.csv", "empty.sqlite", "R.sqlite2", "r.sqlite.csv"):
        check_output(tmp_path / name, record)


def test_one_file_cannot_take_both(tmp_path: Path, record: Path) -> None:
    both = str(tmp_path / "a.jsonl")
    assert "the same file" in _refused(*ASK, "--record", str(record), "-o", both, "--events", both)


def test_a_pipe_without_a_reader_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "READER_S", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="nothing reads from it"):
        output.write_file(tmp_path / "pipe", lambda part: part.write_bytes(b"x") and None)
    with pytest.raises(OutputError, match="nothing reads from it"):
        JsonLines(str(tmp_path / "pipe"))


def test_a_pipe_with_a_reader_gets_all(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    data = b"x" * 300_000
    output.write_file(pipe, lambda part: part.write_bytes(data) and None)
    reader.join()
    assert got == [data]


@pytest.mark.parametrize("place", ["/dev/null", "."])
def test_a_record_that_is_no_file(place: str) -> None:
    with pytest.raises(RecordError, match="is not a file"):
        Store.open(Path(place))


def test_the_page_cache_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    path.touch(0o644)
    cache = PageCache(path)
    assert cache.info().pages == 0
    modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}
    cache.close()
    assert set(modes.values()) == {0}


@pytest.mark.slow
def test_too_few_open_files_are_named(tmp_path: Path) -> None:
    code = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8)); "
        "sys.argv = ['wideseek', *sys.argv[1:]]; runpy.run_module('wideseek_cli', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, "read", "https://example.invalid/"]
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert "Traceback" not in ended.stderr
    assert "open files" in ended.stderr
