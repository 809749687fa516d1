"""The server as most clients start it: a process that is spoken to on stdin and stdout."""

from __future__ import annotations

import signal

from wideseek_cli.mcp.server import make_server
from wideseek_cli.mcp.starting import Starter


def serve_stdio(starter: Starter) -> None:
    """One client, on stdin and stdout, until it hangs up."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # the thread that reads stdin cannot be woken to end in order, and nothing here has to: runs live on
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        make_server(starter).run("stdio")
    except Exception as error:
        if not _hung_up(error):
            raise


def _hung_up(error: BaseException) -> bool:
    """Whether all that went wrong is that nobody reads any more. The SDK's tasks fail in groups."""
    parts = getattr(error, "exceptions", ())
    return all(map(_hung_up, parts)) if parts else isinstance(error, (BrokenPipeError, ConnectionResetError))
