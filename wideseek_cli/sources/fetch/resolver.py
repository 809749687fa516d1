"""Names to addresses, as the operating system knows them."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from wideseek_cli.core.aio import aside

_MOST_LOOKUPS = 32


class SystemResolver:
    """Looks names up in threads of its own: a name whose servers are silent keeps one busy for half a minute,
    which must hold up neither other work in threads nor the end of the program."""

    def __init__(self, most: int = _MOST_LOOKUPS) -> None:
        self._places = asyncio.Semaphore(most)

    async def __call__(self, host: str, port: int) -> list[str]:
        await self._places.acquire()
        loop = asyncio.get_running_loop()

        def look_up() -> list[str]:
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                return list(dict.fromkeys(str(info[4][0]) for info in found))
            finally:  # only now that the thread ends, though nobody may wait any more
                with contextlib.suppress(RuntimeError):  # the loop is closed: the run is over
                    loop.call_soon_threadsafe(self._places.release)

        return await aside(look_up)
