"""A push service and a mail server in a process of their own, which count what they were handed.

`python -m tests.support.counting_receiver [--flaky]` prints one line of JSON with its ports. `GET /seen` answers with
how often each message came: a push by address and topic, a mail by its Message-ID. With --flaky some are sent away
for a moment first (503, 451), so that sending is tried again. It decrypts nothing: that is tested elsewhere.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter

from aiosmtpd.smtp import SMTP, Envelope, Session

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
TOPIC = re.compile(rb"(?i)\r\ntopic: *([^\r]+)")
MESSAGE_ID = re.compile(rb"(?im)^message-id: *(<[^>]+>)")
ONE_IN = 40

pushes: Counter[str] = Counter()
mails: Counter[str] = Counter()
sent_away: set[str] = set()
last: dict[str, float] = {}
flaky = False


def away(name: str) -> bool:
    """Send every so manieth message away, once."""
    if not flaky or name in sent_away or sum(name.encode()) % ONE_IN:
        return False
    sent_away.add(name)
    return True


class PushService(asyncio.Protocol):
    """The little of HTTP/1.1 that a client of ours speaks, on kept connections."""

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < whole:
                return
            self.buffer = self.buffer[whole:]
            self.transport.write(self.answer(head))  # type: ignore[attr-defined]

    def answer(self, head: bytes) -> bytes:
        verb, path, *_ = head.split(b" ", 2)
        if verb == b"GET":
            body = json.dumps({"pushes": pushes, "mails": mails, "last": last}).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        topic = TOPIC.search(head)
        name = f"{path.decode()} {topic[1].decode() if topic else ''}"
        if away(name):
            return b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        pushes[name] += 1
        last[name] = time.time()
        return b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class MailServer:
    """The handler aiosmtpd calls."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        found = MESSAGE_ID.search(content)
        name = found[1].decode() if found else ""
        if away(name):
            return "451 Later, please"
        mails[name] += 1
        return "250 OK"


async def serve() -> None:
    """Listen on two free ports until standard input closes."""
    loop = asyncio.get_running_loop()
    push = await loop.create_server(PushService, "127.0.0.1", 0, backlog=256)
    mail = await loop.create_server(lambda: SMTP(MailServer(), hostname="localhost"), "127.0.0.1", 0)
    ports = {"push": push.sockets[0].getsockname()[1], "mail": mail.sockets[0].getsockname()[1]}
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    flaky = "--flaky" in sys.argv
    asyncio.run(serve())
