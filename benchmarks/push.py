"""Encrypted pushes a second, beside encryption alone (`python -m benchmarks.push`).

The receiver is a process of its own on loopback that checks every signature and decrypts one message in fifty.
Medians of three rounds.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection

from tests.support.push import PushService
from webapp import clock, config
from webapp.notify import push, wording
from webapp.notify.messages import Message

PEOPLE, ROUNDS, EACH = 500, 3, 2000
READS = 50


@dataclass(frozen=True, slots=True)
class Count:
    """What the receiver saw in all."""

    requests: int
    read: int
    complaints: int
    connections: int


def main() -> None:
    """Print one line per number of threads, and what the receiver saw."""
    context = get_context("spawn")
    here, there = context.Pipe()
    receiver = context.Process(target=_receive, args=(there,), daemon=True)
    receiver.start()
    place, people = here.recv()
    with tempfile.TemporaryDirectory() as home:
        settings = config.from_environment({"HOME": home, "CAIRN_PUSH_HOSTS": place})
    messages = [_message(n, endpoint, keys) for n, (endpoint, keys) in enumerate(people)]
    now = clock.now()

    def encrypt(message: Message) -> None:
        push.encrypted(message.keys or {}, push.payload(message))

    def send(message: Message) -> None:
        push.send(settings, message, now)

    print(f"{'':34}{'a second':>10}{'ms CPU':>8}")
    _line("encrypted, 1 thread", encrypt, messages, 1)
    for threads in (1, 2, 4, 8):
        _line(f"encrypted and sent, {threads} thread{'s' * (threads > 1)}", send, messages, threads)
    here.send("done")
    seen: Count = here.recv()
    receiver.join()
    print(
        f"received {seen.requests:,} on {seen.connections} connections, decrypted {seen.read:,},"
        f" found fault with {seen.complaints}"
    )


def _message(number: int, endpoint: str, keys: dict[str, str]) -> Message:
    said = wording.reminder("en")
    return Message(
        to=endpoint,
        title=said.title,
        body=said.body,
        link=f"https://cairn.example/reminded/{number}",
        tag=f"reminder-{number}",
        lasts=timedelta(hours=2),
        answers=wording.answers("en"),
        language="en",
        keys=keys,
    )


def _line(what: str, work: Callable[[Message], None], messages: Sequence[Message], threads: int) -> None:
    work(messages[0])
    rates, costs = [], []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            batch = [messages[n % PEOPLE] for n in range(EACH)]
            began, spent = time.perf_counter(), time.process_time()
            list(pool.map(work, batch))
            rates.append(EACH / (time.perf_counter() - began))
            costs.append((time.process_time() - spent) / EACH * 1000)
    print(f"{what:34}{statistics.median(rates):10,.0f}{statistics.median(costs):8.2f}")


def _receive(pipe: Connection) -> None:
    service = PushService(reads=READS)
    people = [service.subscribe() for _ in range(PEOPLE)]
    pipe.send((service.place, [(one.endpoint, one.keys) for one in people]))
    pipe.recv()
    service.stop()
    seen = service.receiver
    pipe.send(Count(seen.requests, len(service.taken), len(service.complaints), seen.connections))


if __name__ == "__main__":
    main()
