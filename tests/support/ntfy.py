"""An ntfy server on loopback that keeps what is published on it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.receiver import Answer, Receiver, Request


@dataclass
class NtfyServer:
    """`.published` holds what was taken; `.answer()` lets it refuse."""

    published: list[dict[str, Any]] = field(default_factory=list)
    told: Answer | None = None

    def __post_init__(self) -> None:
        self.receiver = Receiver(self._handle)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.receiver.port}"

    def answer(self, status: int, retry_after: str | None = None) -> None:
        """Answer everything with this status."""
        self.told = Answer(status, {"Retry-After": retry_after} if retry_after else {})

    def cut(self) -> None:
        """Read what comes and close the line."""
        self.told = Answer(cut=True)

    def _handle(self, request: Request) -> Answer:
        if self.told is not None:
            return self.told
        if (request.method, request.path) == ("GET", "/v1/health"):
            return Answer(200, body=b'{"healthy":true}')
        if (request.method, request.path) != ("POST", "/"):
            return Answer(404)
        message = json.loads(request.body)
        named = [message["topic"], message.get("sequence_id", "none")]
        if not all(re.fullmatch("[-_A-Za-z0-9]{1,64}", name) for name in named):
            return Answer(400)
        self.published.append(message)
        return Answer(200, body=json.dumps({"id": "sPs71M8A2T"} | message).encode())


@pytest.fixture
def ntfy_server() -> Iterator[NtfyServer]:
    """An ntfy server for one test."""
    server = NtfyServer()
    yield server
    server.receiver.stop()
