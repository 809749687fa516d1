"""Connections that go only where a page may be read from: the address that was checked is the one dialled."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterable
from itertools import zip_longest
from typing import Any, Protocol

import httpcore
import httpx

from wideseek_cli.settings.proxies import certificates
from wideseek_cli.sources.fetch.urls import ascii_host

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MOST_DIALLED = 3
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_V4_IN_V6 = ipaddress.ip_network("::/96")
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
# What Python's tables call global, by version, and still is no place for a page.
_EXTRA = tuple(
    map(
        ipaddress.ip_network,
        ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
         "168.63.129.16/32", "2001:db8::/32", "2001::/23", "3fff::/20", "5f00::/16"),
    )
)  # fmt: skip


class ForbiddenAddressError(Exception):
    """The host is not on the public internet."""


class Resolver(Protocol):
    """Names to addresses."""

    async def __call__(self, host: str, port: int) -> list[str]: ...


def is_public(address: str) -> bool:
    """Whether an IP address, and any IPv4 address wrapped inside it, is on the public internet."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    return all(_is_public(part) for part in _unwrapped(ip))


def _unwrapped(ip: Address) -> list[Address]:
    """The address, or the IPv4 addresses that a mapped, 6to4, NAT64 or Teredo form stands for."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    if ip.teredo is not None:
        return [ip, *ip.teredo]
    if ip.sixtofour is not None:
        return [ip.sixtofour]
    if any(ip in network for network in _NAT64) or ip in _V4_IN_V6:
        return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
    return [ip]


def _is_public(ip: Address) -> bool:
    if ip.is_multicast or not ip.is_global or ip.is_reserved or ip.is_unspecified:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_V6:
        return False
    return not any(ip in network for network in _EXTRA if network.version == ip.version)


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves, checks every answer, and connects to one of those very addresses.

    The pool above it keys its connections by host name and does TLS for that name, so a name that
    changes its answer between check and use gains nothing: there is no second look-up.
    """

    def __init__(
        self,
        resolver: Resolver,
        allow_hosts: Iterable[str] = (),
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._resolver = resolver
        self._allowed = {_host_key(host) for host in allow_hosts}
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port, timeout)
        failure: Exception | None = None
        for address in _families_in_turn(addresses)[:_MOST_DIALLED]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise ForbiddenAddressError("a page cannot be read from a unix socket")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        """The addresses of a host, all of them public unless the user opened it by name."""
        try:
            addresses = await asyncio.wait_for(self._resolver(host, port), timeout)
        except asyncio.TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        if not self._is_allowed(host, port):
            for address in addresses:
                if not is_public(address):
                    raise ForbiddenAddressError(
                        f"{host} is at {address}, which is not on the public internet"
                    )
        return addresses

    def _is_allowed(self, host: str, port: int) -> bool:
        key = _host_key(host)
        return key in self._allowed or f"{key}:{port}" in self._allowed


def _families_in_turn(addresses: list[str]) -> list[str]:
    """In the resolver's order, but IPv4 and IPv6 in turn: where one leads nowhere, the other is tried."""
    first = [address for address in addresses if (":" in address) is (":" in addresses[0])]
    second = [address for address in addresses if address not in first]
    return [address for pair in zip_longest(first, second) for address in pair if address]


def _host_key(host: str) -> str:
    return ascii_host(host.strip().strip("[]")) or host.strip().lower()


class PinnedTransport(httpx.AsyncBaseTransport):
    """httpx over a pool that dials through `PinnedBackend`; no proxies, so nobody else resolves for us."""

    def __init__(
        self,
        backend: httpcore.AsyncNetworkBackend,
        *,
        connections: int = 32,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or certificates(),
            max_connections=connections,
            max_keepalive_connections=connections // 2,
            keepalive_expiry=15.0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        asked = httpcore.Request(
            method=request.method,
            url=url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = await self._pool.handle_async_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
