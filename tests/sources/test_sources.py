"""What `--source` names, the commands, and the promise of --offline."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.sources.site import ARTICLE, Site
from wideseek_cli.cli.main import app
from wideseek_cli.core.errors import ConfigError, NotFoundError, UsageError, WideseekError
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.offline import corpus
from wideseek_cli.sources.offline.factbook import HtmlPage
from wideseek_cli.sources.opening import open_sources
from wideseek_cli.sources.search.combine import FirstAnswer, Merged


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, factbook_zim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the user's cache; the factbook is already built there."""
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    place = corpus.factbook_path()
    place.parent.mkdir(parents=True)
    place.symlink_to(factbook_zim)


def run(*args: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of the command, its errors shown as `main` shows them."""
    result = CliRunner().invoke(app, list(args))
    if isinstance(result.exception, WideseekError):
        return result.exception.exit_code, result.stdout, f"{result.exception} {result.exception.hint}"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", ["google", "zim", "zim:", "searxng", "ddgs:x", "factbook:x", "", "\x1b[31m"])
def test_unknown_sources_get_the_list(name: str) -> None:
    with pytest.raises(UsageError, match="there is no source") as caught:
        open_sources(Settings(sources=(name,)))
    assert "searxng:URL" in caught.value.hint
    assert "\x1b" not in str(caught.value)


def test_keys_come_from_the_environment() -> None:
    for name, variable in (("serper", "SERPER_API_KEY"), ("brave", "BRAVE_API_KEY")):
        with pytest.raises(ConfigError) as caught:
            open_sources(Settings(sources=(name,)), environ={})
        assert variable in caught.value.hint
        assert open_sources(Settings(sources=(name,)), environ={variable: "k"}).search.name == name


async def test_several_sources() -> None:
    names = ("factbook", "serper")
    ordered = open_sources(Settings(sources=names), environ={"SERPER_API_KEY": "k"})
    merged = open_sources(Settings(sources=names, merge_sources=True), environ={"SERPER_API_KEY": "k"})
    assert (type(ordered.search), type(merged.search)) == (FirstAnswer, Merged)
    assert (ordered.search.name, ordered.offline) == ("zim:factbook+serper", False)
    await ordered.aclose()
    await merged.aclose()


@pytest.mark.parametrize("sources", [(), ("ddgs",), ("factbook", "brave"), ("searxng:http://localhost",)])
def test_offline_excludes_what_needs_a_network(sources: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--offline excludes the source"):
        open_sources(Settings(sources=sources, offline=True))


def test_two_files_of_one_name(tmp_path: Path, factbook_zim: Path) -> None:
    other = tmp_path / "factbook.zim"
    other.symlink_to(factbook_zim)
    with pytest.raises(UsageError, match="both called"):
        open_sources(Settings(sources=("factbook", f"zim:{other}")))
    with pytest.raises(NotFoundError):
        open_sources(Settings(sources=("zim:nowhere.zim",)))


async def test_an_offline_source_reads_no_web_page() -> None:
    sources = open_sources(Settings(sources=("factbook",)))
    assert sources.offline
    assert (await sources.pages.fetch("zim://factbook/country/peru")).status is PageStatus.PAGE
    for url in ("http://127.0.0.1:9/", "zim://other/x", "file:///etc/passwd"):
        assert (await sources.pages.fetch(url)).status is PageStatus.REFUSED
    await sources.aclose()


GUARD = """
import json, os, sys
FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"}
def watch(event, args):
    if event in FORBIDDEN:
        os.write(2, f"SOCKET {event} {args}".encode())
        os._exit(99)
sys.addaudithook(watch)
from typer.testing import CliRunner
from wideseek_cli.cli.main import app
for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, words)
    assert not {"ddgs", "primp"} & set(sys.modules), "a web search library was loaded"
    print(json.dumps([done.exit_code, done.stdout, done.stderr]), flush=True)
"""


@pytest.mark.slow
def test_offline_opens_no_socket() -> None:
    """Commands in a process that dies at the first socket that goes anywhere; only the last one opens one."""
    commands = [
        ["search", "capital of Peru", "--source", "factbook", "--offline", "--json"],
        ["read", "zim://factbook/country/peru", "--need", "capital", "--offline"],
        ["read", "http://example.com/", "--offline"],
        ["read", "http://127.0.0.1:9/", "--allow-host", "127.0.0.1"],
    ]
    guarded = [sys.executable, "-c", GUARD, json.dumps(commands)]
    done = subprocess.run(guarded, capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert (done.returncode, done.stderr.count("SOCKET")) == (99, 1), done.stderr
    found, page, web = map(json.loads, done.stdout.splitlines())
    assert (found[0], json.loads(found[1])[0]["title"]) == (0, "Peru")
    assert (page[0], "- name: Lima" in page[1]) == (0, True)
    assert (web[0], "does not touch the web" in web[2]) == (4, True)


@pytest.mark.slow
def test_a_whole_offline_run_opens_no_socket() -> None:
    """Lead, subagents, search, reading, proof and record on the real corpus; only the engine is scripted."""
    asked = ["ask", "List the capitals of Peru and Chile", "--source", "factbook", "--offline"]
    command = [sys.executable, "-m", "tests.sources.offline_run", *asked]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "Peru,Lima\nChile,Santiago\n" in done.stdout) == (0, True), done.stderr
    assert "2 rows, 4 cells: 4 proved, 0 seen, 0 unproved, 0 missing;" in done.stderr


def test_search_command() -> None:
    code, out, err = run(
        "search", "countries of South America", "--source", "factbook", "--count", "2", "--json"
    )
    rows = json.loads(out)
    assert (code, len(rows), "2 hits (zim:factbook)" in err) == (0, 2, True)
    assert set(rows[0]) == {"title", "url", "snippet", "engine"}
    assert rows[0]["url"].startswith("zim://factbook/region/")
    code, out, err = run("search", "zzxxyy", "--source", "factbook")
    assert (code, out, err) == (0, "", "nothing found (zim:factbook)\n")


def test_search_command_errors() -> None:
    code, out, err = run("search", "x", "--source", "searxng:http://127.0.0.1:9")
    assert (code, out, "cannot be reached" in err) == (4, "", True)
    assert run("search", "x", "--source", "nope")[0] == 2


def test_read_command() -> None:
    code, out, _ = run("read", "zim://factbook/country/peru", "--json")
    found = json.loads(out)
    assert (code, found["status"], found["url"], found["title"]) == (
        0,
        "page",
        "zim://factbook/country/peru",
        "Peru",
    )
    assert found["text"].startswith("# Peru")
    code, out, err = run("read", "zim://factbook/country/peru", "--need", "capital", "--tokens", "100")
    assert (code, "- name: Lima" in out, len(out) < 500) == (0, True, True)
    assert "page: Peru" in err


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"]
)
def test_read_command_refuses(url: str) -> None:
    code, out, err = run("read", url, "--json")
    found = json.loads(out)
    assert (code, found["status"], found["text"]) == (4, "refused", "")
    assert err.startswith("refused: ")


async def test_read_command_through_the_cache(site: Site) -> None:
    site.html("/x", ARTICLE)
    site.html("/robots.txt", "")
    url = f"http://127.0.0.1:{site.port}/x"
    for cached in (False, True):
        code, out, _ = await asyncio.to_thread(run, "read", url, "--allow-host", "127.0.0.1", "--json")
        assert (code, json.loads(out)["cached"]) == (0, cached)
    assert site.paths().count("/x") == 1
    _, out, _ = run("cache", "info", "--json")
    assert json.loads(out)["pages"] == 1
    assert (await asyncio.to_thread(run, "read", url, "--offline"))[0] == 0
    assert run("cache", "clear")[2] == "deleted: 1 page, 0 computed instructions\n"
    assert run("cache", "info")[1].startswith("0 pages")
    assert run("cache", "clear", "--older-than", "x")[0] == 2


def test_corpus_command(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# A\n\nAlpha is the first letter.")
    (tmp_path / "notes" / "bad.pdf").write_bytes(b"%PDF-x")
    out_file = tmp_path / "n.zim"
    code, out, err = run("corpus", "build", str(tmp_path / "notes"), "-o", str(out_file))
    assert (code, out) == (0, f"{out_file}\n"), err
    assert "left out bad.pdf: no text in it" in err
    found = json.loads(run("search", "first letter", "--source", f"zim:{out_file}", "--json")[1])
    assert found[0]["title"] == "A"
    assert run("corpus", "build", "nowhere")[0] == 2
    assert run("corpus", "build", "notes", "-o", "x.txt")[0] == 2


def test_first_use_builds_the_factbook_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    place = corpus.factbook_path()
    place.unlink()
    few = [HtmlPage("index", "Index", "<p>All of it.</p>")]
    monkeypatch.setattr(corpus, "pages", lambda: iter(few))
    said: list[str] = []
    assert corpus.ensure_factbook(said.append) == place
    assert (len(said), place.is_file()) == (1, True)
    assert [p.name for p in place.parent.iterdir()] == ["factbook.zim"]
    corpus.ensure_factbook(said.append)
    assert len(said) == 1
