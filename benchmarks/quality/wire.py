"""The wire between a browser and the app: a small proxy on loopback that can be cut, or lose the server's replies.

Browsers without a switch for "offline" are taken off the network by it.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Hands on what comes, unless told not to; the browser talks to `url`."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listener = self._listen(0)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.loses_replies = False

    def cut(self) -> None:
        """Nobody answers at the address any more, and what was under way ends."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop()

    def mend(self) -> None:
        """Hand on again, replies too."""
        self.loses_replies = False
        self._listener = self._listen(self.port)

    def lose_replies(self) -> None:
        """Let what is asked of the server arrive there; what it answers gets lost."""
        self.loses_replies = True
        self._drop()

    def find_replies(self) -> None:
        """Let answers through again."""
        self.loses_replies = False

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                browser, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                return
            with self._guard:
                self._open |= {browser, server}
            for source, target, replies in ((browser, server, False), (server, browser, True)):
                threading.Thread(target=self._carry, args=(source, target, replies), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, replies: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if replies and self.loses_replies:
                    break
                target.sendall(data)
        self._close(source, target)

    def _drop(self) -> None:
        with self._guard:
            every = list(self._open)
        self._close(*every)

    def _close(self, *sockets: socket.socket) -> None:
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        with self._guard:
            self._open -= set(sockets)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to a port of this machine, until the block ends."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        with suppress(OSError):
            wire.cut()
