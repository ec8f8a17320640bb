"""A small HTTP server on loopback, in a thread of its own, that other people's servers are played on."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out. `silent`: nothing does, and the line stays open. `cut`: nothing does, and it is closed."""

    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    silent: bool = False
    cut: bool = False


Handle = Callable[[Request], Answer]


class Receiver:
    """Listens on a port that the system chose, until `stop()`; counts connections and requests."""

    def __init__(self, handle: Handle, tls: ssl.SSLContext | None = None) -> None:
        self.handle = handle
        self.connections = 0
        self.requests = 0
        self.open: set[asyncio.Transport] = set()
        # All of it in its own thread: where a browser is at work, the thread of the test has a loop running already.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="receiver", daemon=True)
        self._thread.start()
        listening = self._loop.create_server(lambda: _Line(self), "127.0.0.1", 0, ssl=tls, backlog=512)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def hang_up(self) -> None:
        """Close every connection, as a server does with those that were idle for long."""
        self._in_its_thread(lambda: [line.close() for line in list(self.open)])

    def stop(self) -> None:
        """Hang up and listen no more."""
        self._in_its_thread(lambda: [self._server.close(), *(line.abort() for line in list(self.open))])
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _in_its_thread(self, work: Callable[[], object]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (work(), self._loop.call_soon(done.set)))
        assert done.wait(10)


class _Line(asyncio.Protocol):
    """One connection: requests one after the other, each whole before it is looked at."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.receiver.connections += 1
        self.receiver.open.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.receiver.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.come += data
        head, found, rest = self.come.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.come = rest[length:]
        method, path, _ = first.split(" ")
        self.receiver.requests += 1
        self._say(self.receiver.handle(Request(method, path, headers, rest[:length])))

    def _say(self, answer: Answer) -> None:
        if answer.cut:
            self.transport.close()
        elif not answer.silent:
            more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            head = f"HTTP/1.1 {answer.status} As told\r\n{more}Content-Length: {len(answer.body)}\r\n\r\n"
            self.transport.write(head.encode() + answer.body)
