"""Proxies that the environment names: a bad one is a line that names the variable, whoever meets it."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from wideseek_cli.cli.commands.doctor import checks
from wideseek_cli.core.errors import ConfigError, DownloadError
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.models.fetching.download import Downloader, Remote
from wideseek_cli.models.fetching.hub import Hub, fetch_dataset
from wideseek_cli.models.progress import Silent
from wideseek_cli.settings import proxies
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.search.searxng import SearxngSource

BAD = ("ALL_PROXY", "socks://127.0.0.1:9")  # as GNOME writes it


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies at all."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value", "said", "hint"),
    [
        (*BAD, "ALL_PROXY is not a proxy address", "ALL_PROXY=socks5://HOST:PORT"),
        ("https_proxy", "foo://x", "https_proxy is not a proxy address", "https_proxy=http://HOST:PORT"),
        ("HTTPS_PROXY", "http://h:port", "HTTPS_PROXY is not a proxy address", "or unset it"),
        ("HTTP_PROXY", "http://[::1", "HTTP_PROXY is not a proxy address", "or unset it"),
        ("NO_PROXY", "localhost,fd00::/8", r"NO_PROXY cannot be read \(Invalid port", "hosts and domains"),
        ("SSL_CERT_FILE", "/no/such/file", r"SSL_CERT_FILE cannot be read \(No such file", "unset"),
    ],
)
def test_the_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=said) as caught:
        proxies.check_proxies()
    assert hint in caught.value.hint


@pytest.mark.parametrize("value", ["proxy.corp:3128", "http://u:p@127.0.0.1:1", "socks5://127.0.0.1:1", ""])
def test_proxies_that_can_be_used(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    monkeypatch.setenv("NO_PROXY", "localhost,.corp,10.0.0.0/8,::1")
    proxies.check_proxies()


def test_other_errors_are_not_laid_on_the_proxies() -> None:
    for error in (ValueError("x"), httpx.InvalidURL("x"), PermissionError("x"), KeyError("x")):
        with pytest.raises(type(error)), proxies.readable_proxies():
            raise error


async def test_a_search_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*BAD)
    source = SearxngSource("http://127.0.0.1:9")
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        await source.search("q", 3)
    await source.aclose()


async def test_an_engine_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*BAD)
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        await RemoteEngine.connect(RemoteOptions("http://127.0.0.1:9"))


def test_downloads_say_it_and_leave_other_sources_their_turn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`Fetcher` goes on after a DownloadError: packages come by pip, which has its own proxies."""
    monkeypatch.setenv(*BAD)
    with pytest.raises(DownloadError, match="ALL_PROXY") as caught:
        Downloader(Silent()).fetch(Remote("http://127.0.0.1:9/x"), tmp_path / "x", tmp_path)
    assert "socks5://" in caught.value.hint
    with pytest.raises(DownloadError, match="ALL_PROXY"):
        Hub("http://127.0.0.1:9").files("owner/name")
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        fetch_dataset("owner/name")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:port")
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        fetch_dataset("owner/name")


def test_doctor_says_that_pages_are_read_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_proxies(Settings()) == []
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.corp:3128")
    (told,) = checks.check_proxies(Settings())
    assert told.text == "https_proxy is for searches, servers and downloads; pages are read without a proxy"
    assert "secret" not in told.text + told.advice
    monkeypatch.setenv(*BAD)
    (told,) = checks.check_proxies(Settings())
    assert "ALL_PROXY is not a proxy address" in told.text
    assert checks.check_proxies in checks.EVERYTHING
