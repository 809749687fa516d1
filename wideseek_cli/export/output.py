"""Writing results: a file whole or not at all, stdout with its failures as ours."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TextIO

from wideseek_cli.core.errors import OutputError
from wideseek_cli.core.protected import check_output
from wideseek_cli.core.text import clean_text

_MOST_KEPT = 1000  # old versions of a file
READER_S = 5.0  # how long a named pipe may be without a reader


def ensure_writable(path: Path) -> None:
    """Fail now, as `write_file` would later: for results that take long to make."""
    _refuse_folder(path)
    path = Path(os.path.realpath(path))
    try:
        if path.exists():
            _refuse_read_only(path)
        if path.is_file() or not path.exists():
            tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise _cannot_write(path, error) from error


def hold_folder(folder: Path) -> int:
    """The folder itself, locked; the system lets go of it when the process ends, however it ends."""
    held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        hint = "wait for it, or give another folder with -o"
        raise OutputError(f"another process is at work in {folder}", hint=hint) from error
    return held


def write_file(path: Path, fill: Callable[[Path], None], *, ours: bool = False) -> None:
    """Fill a new file beside the target, then put it in the target's place. `ours`: a file that no result
    may replace, and that whoever calls this looks after."""
    if not ours:
        check_output(path)
    _refuse_folder(path)
    if os.path.exists(path) and not path.is_file():  # a pipe or a device cannot be replaced
        _fill_special(path, fill)
        return
    path = Path(os.path.realpath(path))  # a link keeps pointing to what was replaced
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _cannot_write(path, error) from error
    part = Path(name)
    try:
        fill(part)
        _settle(part, path)
        part.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, ours: bool = False) -> None:
    """The same for a text; halves of characters become question marks."""
    write_file(path, lambda part: _fill_text(part, text), ours=ours)


def _fill_text(part: Path, text: str) -> None:
    part.write_text(text, encoding="utf-8", errors="replace", newline="")


def keep_beside(path: Path) -> Path:
    """A second name for a file that is about to be replaced: `NAME.bak`, or the first free one after it."""
    path = Path(os.path.realpath(path))
    for number in range(1, _MOST_KEPT):
        kept = path.with_name(f"{path.name}.bak{number if number > 1 else ''}")
        try:
            os.link(path, kept)
            return kept
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            try:
                with open(path, "rb") as old, open(kept, "xb") as new:
                    shutil.copyfileobj(old, new)
                return kept
            except FileExistsError:
                continue
            except OSError as error:
                raise _cannot_write(kept, error) from error
    raise OutputError(f"{clean_text(str(path))} has {_MOST_KEPT} old versions beside it", hint="remove some")


def _settle(part: Path, path: Path) -> None:
    """Bring the bytes to the disk, and give the file the mode it had or would have."""
    with open(part, "rb+") as stream:
        os.fsync(stream.fileno())
    if path.exists():
        mode = path.stat().st_mode & 0o777
        _refuse_read_only(path)
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    part.chmod(mode)


def _fill_special(path: Path, fill: Callable[[Path], None]) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="wideseek-") as folder:
            part = Path(folder) / "table"
            fill(part)
            with open_special(path) as stream:
                stream.write(part.read_bytes())
    except OSError as error:
        raise _cannot_write(path, error) from error


def open_special(path: Path) -> BinaryIO:
    """A pipe or a device, for writing. A pipe that nobody reads from would keep us for ever."""
    end = time.monotonic() + READER_S
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            break
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise OSError(errno.ENXIO, f"nothing reads from it within {READER_S:g} s") from error
        time.sleep(0.05)
    os.set_blocking(handle, True)
    return open(handle, "wb")


def _refuse_folder(path: Path) -> None:
    if os.path.isdir(path):
        raise OutputError(f"{clean_text(str(path))} is a folder", hint="name a file in it")


def _refuse_read_only(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only")


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot write {clean_text(str(path))}: {_why(error)}", hint=_hint(error))


def write_out(data: bytes) -> None:
    """To stdout. A reader that went away has what it wanted: that is no error."""
    stream = getattr(sys.stdout, "buffer", None)
    try:
        if stream is None:
            sys.stdout.write(data.decode("utf-8"))
        else:
            stream.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        raise OutputError(f"cannot write the result: {_why(error)}", hint=_hint(error)) from error


def silence(stream: TextIO | None) -> None:
    """Send what is still to come nowhere, so that the interpreter's last flush does not fail again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = stream.fileno()  # type: ignore[union-attr]
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)


def _why(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()


def _hint(error: OSError) -> str:
    hints = {
        errno.ENOSPC: "free some space, or write somewhere else with -o",
        errno.EROFS: "choose another place with -o",
        errno.EACCES: "choose another place with -o",
        errno.EPERM: "choose another place with -o",
        errno.ENOENT: "make the folder first",
        errno.ENXIO: "start its reader first",
    }
    return hints.get(error.errno or 0, "")
