"""No way into the private network, whatever a name or an address looks like."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.conftest import LIMITS, Names, fetcher_for
from tests.sources.site import ARTICLE, HOST, Site, head
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.sources.fetch.net import PinnedBackend, is_public
from wideseek_cli.sources.fetch.pages import FetchRules, WebFetcher, allowed_hosts
from wideseek_cli.sources.fetch.resolver import SystemResolver

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "192.88.99.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:0a00:0001::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fec0::1",
    "100::1",
    "fd00:ec2::254",
]
PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.63.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@given(st.text(max_size=40))
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert isinstance(is_public(text), bool)


class Wire(httpcore.AsyncNetworkBackend):
    """Notes where it is asked to connect to, and connects to nothing."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        raise httpcore.ConnectError("this wire leads nowhere")


async def _fetch(url: str, names: Names, allow: tuple[str, ...] = ()) -> tuple[PageStatus, list[str]]:
    wire = Wire()
    fetcher = WebFetcher(FetchRules(ignore_robots=True), LIMITS, backend=PinnedBackend(names, allow, wire))
    page = await fetcher.fetch(url)
    await fetcher.aclose()
    return page.status, wire.dialled


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
async def test_a_name_that_leads_inside_is_never_dialled(address: str) -> None:
    names = Names({"evil.test": [[address]]})
    assert await _fetch("http://evil.test/", names) == (PageStatus.REFUSED, [])


async def test_one_private_address_among_public_ones_is_enough() -> None:
    names = Names({"evil.test": [["93.184.216.34", "127.0.0.1"]]})
    assert await _fetch("http://evil.test/", names) == (PageStatus.REFUSED, [])


async def test_the_address_that_was_checked_is_the_one_dialled() -> None:
    """A name that answers with a public address first and a private one ever after gains nothing."""
    names = Names({"rebind.test": [["93.184.216.34"], ["127.0.0.1"]]})
    assert await _fetch("http://rebind.test/", names) == (PageStatus.GONE, ["93.184.216.34"])
    assert names.asked == ["rebind.test"]
    assert await _fetch("http://rebind.test/", names) == (PageStatus.REFUSED, [])


@pytest.mark.parametrize(
    ("answers", "dialled"),
    [
        (
            ["2606:4700::1", "2606:4700::2", "2606:4700::3", "93.184.216.34"],
            ["2606:4700::1", "93.184.216.34", "2606:4700::2"],
        ),
        (["1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4"], ["1.1.1.1", "8.8.8.8", "9.9.9.9"]),
        (["1.1.1.1", "2606:4700::1"], ["1.1.1.1", "2606:4700::1"]),
        ([], []),
    ],
)
async def test_both_families_get_their_turn(answers: list[str], dialled: list[str]) -> None:
    """Three addresses are tried; where IPv6 leads nowhere, they must not all be such."""
    assert await _fetch("http://many.test/", Names({"many.test": [answers]})) == (PageStatus.GONE, dialled)


@pytest.mark.parametrize(
    "url", ["http://2130706433/", "http://0x7f.1/", "http://017700000001/", "http://127.1/"]
)
async def test_odd_spellings_of_loopback(url: str) -> None:
    wire = Wire()
    fetcher = WebFetcher(
        FetchRules(ignore_robots=True), LIMITS, backend=PinnedBackend(SystemResolver(), (), wire)
    )
    page = await fetcher.fetch(url)
    await fetcher.aclose()
    assert page.status in (PageStatus.REFUSED, PageStatus.GONE)
    assert wire.dialled == []


async def test_an_allowed_host_is_opened_by_name_only() -> None:
    names = Names({"intranet.test": [["10.0.0.5"]], "other.test": [["10.0.0.5"]]})
    assert (await _fetch("http://intranet.test/", names, ("intranet.test",)))[1] == ["10.0.0.5"]
    assert (await _fetch("http://intranet.test:8080/", names, ("Intranet.test:8080",)))[1] == ["10.0.0.5"]
    assert (await _fetch("http://intranet.test:9090/", names, ("intranet.test:8080",)))[
        0
    ] is PageStatus.REFUSED
    assert (await _fetch("http://other.test/", names, ("intranet.test",)))[0] is PageStatus.REFUSED


def test_allowed_hosts_as_people_write_them() -> None:
    assert allowed_hosts(["http://wiki.local:8080/x", "box", "box/y"]) == ("wiki.local:8080", "box", "box")


async def test_robots_are_not_a_way_in_either(site: Site) -> None:
    site.html("/secret", ARTICLE)
    site.redirect("/robots.txt", f"http://127.0.0.1:{site.port}/secret")
    site.html("/x", ARTICLE)
    names = Names({HOST: [["127.0.0.1"]], "127.0.0.1": [["127.0.0.1"]]})
    fetcher = fetcher_for(names=names, ignore_robots=False)
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    await fetcher.aclose()
    assert "/secret" not in site.paths()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """(certificate, key) for site.test alone, fresh for this test."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=site.test", "-addext", "subjectAltName=DNS:site.test"]
    subprocess.run([*command, *names, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


async def test_tls_is_checked_for_the_name_not_the_address(certificate: tuple[Path, Path]) -> None:
    """Pinned to an address, the certificate still has to be the host's."""
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(*certificate)
    asked: list[str | None] = []
    server_side.sni_callback = lambda sock, name, context: asked.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head() + ARTICLE.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    names = Names({"site.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]})
    backend = PinnedBackend(names, ("site.test", "other.test"))
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    fetcher = WebFetcher(FetchRules(ignore_robots=True), LIMITS, backend=backend, ssl_context=trusting)
    good = await fetcher.fetch(f"https://site.test:{port}/")
    bad = await fetcher.fetch(f"https://other.test:{port}/")
    await fetcher.aclose()
    server.close()
    assert good.status is PageStatus.PAGE
    assert bad.status is PageStatus.GONE
    assert asked == ["site.test", "other.test"]
