"""A real SMTP server on loopback that keeps what it receives, and can refuse on request."""

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Received:
    """One accepted message: the envelope as spoken, the content as parsed."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        """Return the plain-text part, or the empty text when there is none."""
        part = self.message.get_body(("plain",))
        return part.get_content() if part else ""


@dataclass
class MailServer:
    """The handler aiosmtpd calls, and what a test asks of it."""

    port: int = 0
    messages: list[Received] = field(default_factory=list)
    tries: int = 0  # messages offered, accepted or not
    connections: int = 0
    most: int | None = None  # messages on one connection; the next is told 421
    _lines: list["_Line"] = field(default_factory=list)
    _cuts: dict[str, int] = field(default_factory=dict)
    _answers: dict[str, Iterator[str]] = field(default_factory=dict)
    _hangs: float = 0  # seconds of silence after the text was handed over

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, reply: str, to: str = "DATA", times: int | None = None) -> None:
        """Answer `to` (MAIL, RCPT or DATA) with `reply`, such as "451 Later, please"; `times` None: always."""
        self._answers[to] = itertools.repeat(reply) if times is None else itertools.repeat(reply, times)

    def hang(self, seconds: float = 2) -> None:
        """Say nothing for a while after the text was handed over, and keep nothing."""
        self._hangs = seconds

    def cut(self, at: str = "DATA", times: int = 1) -> None:
        """Close the line instead of answering `at` (MAIL, RCPT, DATA for the command, TEXT for what follows it)."""
        self._cuts[at] = times

    def hang_up(self) -> None:
        """Close every line there is, as a server does with those that were idle for long."""
        for line in self._lines:
            line.loop.call_soon_threadsafe(line.wire.abort)
        for line in self._lines:
            assert line.lost.wait(5)
        self._lines.clear()

    def accept(self) -> None:
        """Go back to accepting everything."""
        self._answers.clear()
        self._cuts.clear()
        self._hangs = 0

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Return the messages once there are at least `count`; AssertionError when the time is over."""
        end = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < end, f"{len(self.messages)} of {count} messages came in {seconds} s"
            time.sleep(0.01)
        return self.messages

    def _reply(self, command: str) -> str | None:
        return next(self._answers.get(command, iter(())), None)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.cut_if_told(server, "MAIL")
        if self.most is not None and isinstance(server, _Line) and server.messages >= self.most:
            return "421 Enough for one connection"
        if reply := self._reply("MAIL"):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.cut_if_told(server, "RCPT")
        if reply := self._reply("RCPT"):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tries += 1
        await self.cut_if_told(server, "TEXT")
        if self._hangs:
            await asyncio.sleep(self._hangs)
            return "451 Too late"
        if reply := self._reply("DATA"):
            return reply
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), message))
        if isinstance(server, _Line):
            server.messages += 1
        return "250 OK"

    async def cut_if_told(self, server: SMTP, at: str) -> None:
        if self._cuts.get(at, 0) > 0:
            self._cuts[at] -= 1
            server.transport.abort()
            await asyncio.sleep(60)  # ended by aiosmtpd as soon as the line is gone


class _Line(SMTP):
    """One connection: how many messages it carried, and how to cut it."""

    def __init__(self, handler: MailServer, **options: Any) -> None:
        super().__init__(handler, **options)
        self.handler = handler
        self.messages = 0
        self.lost = threading.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self.wire = transport
        self.handler.connections += 1
        self.handler._lines.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.lost.set()

    async def smtp_DATA(self, arg: str) -> None:
        await self.handler.cut_if_told(self, "DATA")
        await super().smtp_DATA(arg)


class _Listener(Controller):
    """aiosmtpd's controller on a port that the system chose, so that no two runs can collide."""

    def __init__(self, handler: MailServer) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        handler.port = self._socket.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=handler.port)

    def factory(self) -> SMTP:
        return _Line(self.handler, **self.SMTP_kwargs)

    def _create_server(self):  # type: ignore[no-untyped-def]
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """An SMTP server for one test: `.url` to send to, `.messages` to look at, `.answer()` to refuse."""
    handler = MailServer()
    listener = _Listener(handler)
    listener.start()
    handler.connections = 0  # the controller looked whether it could be reached
    yield handler
    listener.stop()
