"""A headless Chromium, driven over a pipe by its own protocol: no library, no open port."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT = 30.0
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)
# Chromium reads from 3 and writes to 4
_LAUNCH = """
import fcntl, os, sys
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(high[0], 3)
os.dup2(high[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """The process and its pipes."""

    def __init__(self, folder: Path) -> None:
        ours, its = os.pipe(), os.pipe()
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        command = [str(BINARY), *_FLAGS, *sandbox, f"--user-data-dir={folder}", "about:blank"]
        joined = [sys.executable, "-c", _LAUNCH, str(ours[0]), str(its[1]), *command]
        quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(joined, pass_fds=(ours[0], its[1]), **quiet)
        os.close(ours[0])
        os.close(its[1])
        self._to, self._from = ours[1], its[0]
        self._numbers, self._rest = count(1), b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; what comes before it is kept in `events`."""
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": params}
        os.write(self._to, json.dumps(asked | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, (method, told["error"])
                return dict(told["result"])
            self.events.append(told)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + WAIT
        while b"\0" not in self._rest:
            assert select.select([self._from], [], [], max(0, end - time.monotonic()))[0], "no answer"
            piece = os.read(self._from, 1 << 20)
            assert piece, "the browser has ended"
            self._rest += piece
        one, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(one))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(WAIT)
        os.close(self._to)
        os.close(self._from)

    def open(self, address: str, *, width: int = 1400, height: int = 900, dark: bool = False) -> Tab:
        """A new tab with this page, loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.call("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        tab.call("Emulation.setDeviceMetricsOverride", **size)
        tab.call("Page.navigate", url=address)
        tab.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
        return tab


class Tab:
    """A page that is open."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def js(self, code: str) -> Any:
        """The value of an expression in the page."""
        asked = {"expression": code, "returnByValue": True, "awaitPromise": True}
        told = self.call("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def wait(self, code: str) -> None:
        """Until an expression is true."""
        end = time.monotonic() + WAIT
        while not self.js(f"!!({code})"):
            assert time.monotonic() < end, f"never true: {code}"

    def press(self, *keys: str) -> None:
        """Keys by the names the page sees."""
        for key in keys:
            text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
            codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowRight": 39}
            more = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, **text, **more)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, **more)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """A screenshot of what the window shows."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """What the console has said: errors of scripts, refusals of the policy."""
        told = []
        for event in self._browser.events:
            if event.get("sessionId") == self._session:
                if event["method"] == "Log.entryAdded":
                    told.append(str(event["params"]["entry"]["text"]))
                if event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                    told.append(json.dumps(event["params"])[:500])
        return told

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, for as long as it is wanted."""
    made = Browser(folder)
    try:
        yield made
    finally:
        made.close()
