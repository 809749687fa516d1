"""Names to addresses, as the operating system knows them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

_MOST_LOOKUPS = 32


class SystemResolver:
    """Looks names up in threads of its own: a name whose servers are silent keeps one busy for half a minute,
    which must hold up neither other work in threads nor the end of the program."""

    def __init__(self, most: int = _MOST_LOOKUPS) -> None:
        self._places = asyncio.Semaphore(most)

    async def __call__(self, host: str, port: int) -> list[str]:
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def settle(found: list[str] | Exception) -> None:
            self._places.release()  # only now that the thread has ended, though nobody may wait any more
            if answer.done():
                return
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def look_up() -> None:
            found = _addresses(host, port)
            with contextlib.suppress(RuntimeError):  # the loop is closed: the run is over
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        return await answer


def _addresses(host: str, port: int) -> list[str] | Exception:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception as error:  # whatever it is, it belongs to who waits
        return error
    return list(dict.fromkeys(str(info[4][0]) for info in found))
