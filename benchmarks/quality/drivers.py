"""Other browsers, driven in the words of W3C WebDriver, in as few lines as it takes.

WebKitGTK brings a driver that speaks HTTP. Firefox speaks Marionette itself, the same commands over a socket, so that
no driver has to be fetched for it. Each browser starts with nothing kept, and without a window.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which an element travels, as the standard has it."""
PATIENCE = 30
"""Seconds a browser gets to start, or to do something."""


class Refused(Exception):
    """The browser did not do what it was asked."""


class Browser:
    """A browser of ours. `say` sends one command; what it is called differs from engine to engine."""

    def __init__(self, say: Callable[[str, dict[str, Any]], Any]) -> None:
        self.say = say

    def go(self, address: str) -> None:
        """Open an address; a browser without a network may call that an error."""
        with suppress(Refused):
            self.say("navigate", {"url": address})

    def run(self, script: str) -> Any:
        """Give what a script returns."""
        return self.say("run", {"script": script, "args": []})

    def wait_for(self, expression: str, tries: int = 150) -> Any:
        """Wait until what a promise brings is true, and give it."""
        script = f"const done = arguments[0]; Promise.resolve({expression}).then(done, () => done(null));"
        for _ in range(tries):
            with suppress(Refused):
                if found := self.say("run_async", {"script": script, "args": []}):
                    return found
            time.sleep(0.2)
        raise Refused(f"never came true: {' '.join(expression.split())[:200]}")

    def click(self, selector: str) -> None:
        """Click the first element as a person would."""
        self.say("click", {"id": self._find(selector)})

    def type(self, selector: str, text: str) -> None:
        """Type into the first element."""
        self.say("type", {"id": self._find(selector), "text": text})

    def text(self) -> str:
        """All that can be read on the page, what is folded away included."""
        return str(self.run("return document.body ? document.body.textContent : ''"))

    def back(self) -> None:
        """Go back, as by the phone's own button."""
        with suppress(Refused):
            self.say("back", {})

    def _find(self, selector: str) -> str:
        return str(self.say("find", {"using": "css selector", "value": selector})[ELEMENT])


@contextmanager
def webkit() -> Iterator[Browser]:
    """WebKitGTK's MiniBrowser by its driver, on a screen that nobody sees."""
    with _screen() as display, _port() as port:
        env = os.environ | {"DISPLAY": display, "GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1"}
        driver = subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=env, stderr=subprocess.DEVNULL)
        try:
            base = f"http://127.0.0.1:{port}"
            _patiently(lambda: _post("GET", f"{base}/status"))
            options = {"webkitgtk:browserOptions": {"binary": _mini_browser(), "args": ["--automation"]}}
            session = _post("POST", f"{base}/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]
            yield Browser(lambda command, more: _by_http(f"{base}/session/{session}", command, more))
            with suppress(Refused, OSError):
                _post("DELETE", f"{base}/session/{session}")
        finally:
            _end(driver)


WAYS = {
    "navigate": "url",
    "run": "execute/sync",
    "run_async": "execute/async",
    "find": "element",
    "click": "element/{id}/click",
    "type": "element/{id}/value",
    "back": "back",
}


def _by_http(base: str, command: str, more: dict[str, Any]) -> Any:
    return _post("POST", f"{base}/{WAYS[command].format(**more)}", more)


def _post(method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise Refused(json.load(error)["value"].get("message", "")[:300]) from error


def _mini_browser() -> str:
    found = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4*/MiniBrowser"))
    if not found:
        raise FileNotFoundError("MiniBrowser")
    return str(found[-1])


@contextmanager
def firefox() -> Iterator[Browser]:
    """Firefox, which speaks Marionette."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        raise FileNotFoundError("firefox")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, _port() as port:
        Path(profile, "user.js").write_text("".join(f"user_pref({name}, {value});\n" for name, value in _prefs(port)))
        command = [program, "--headless", "--marionette", "--no-remote", "--profile", profile]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wire = _patiently(lambda: socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            marionette = _Marionette(wire)
            marionette.say("WebDriver:NewSession", {})
            yield Browser(lambda command, more: marionette.say(NAMES[command], more))
            wire.close()
        finally:
            _end(browser)


NAMES = {
    "navigate": "WebDriver:Navigate",
    "run": "WebDriver:ExecuteScript",
    "run_async": "WebDriver:ExecuteAsyncScript",
    "find": "WebDriver:FindElement",
    "click": "WebDriver:ElementClick",
    "type": "WebDriver:ElementSendKeys",
    "back": "WebDriver:Back",
}


def _prefs(port: int) -> list[tuple[str, str]]:
    """Nothing leaves this machine, and nothing asks."""
    values = {
        "marionette.port": port,
        "app.update.auto": False,
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": 9,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": 9,
        "network.proxy.no_proxies_on": "127.0.0.1",
        "network.proxy.allow_hijacking_localhost": False,
        "services.settings.server": "http://127.0.0.1:9",
    }
    return [(json.dumps(name), json.dumps(value)) for name, value in values.items()]


class _Marionette:
    """`length:[0, number, command, more]` out, `length:[1, number, error, result]` back."""

    def __init__(self, wire: socket.socket) -> None:
        self.wire, self.number = wire, 0
        self.read = wire.makefile("rb")
        self._receive()  # who it is

    def say(self, command: str, more: dict[str, Any]) -> Any:
        self.number += 1
        message = json.dumps([0, self.number, command, more]).encode()
        self.wire.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise Refused(f"{error['error']}: {error['message']}"[:300])
        return result.get("value") if isinstance(result, dict) else result

    def _receive(self) -> Any:
        length = b""
        while (one := self.read.read(1)) != b":":
            if not one:
                raise Refused("Firefox is gone")
            length += one
        return json.loads(self.read.read(int(length)))


@contextmanager
def _screen() -> Iterator[str]:
    """A screen in memory; Xvfb picks a free one."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x1000x24", "-nolisten", "tcp"]
    screen = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        _end(screen)


@contextmanager
def _port() -> Iterator[int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    yield port


def _patiently(work: Callable[[], Any]) -> Any:
    for _ in range(PATIENCE * 5):
        with suppress(OSError, Refused):
            return work()
        time.sleep(0.2)
    raise Refused("the browser did not start")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()
    process.wait()
