"""One connection carries many mails, and keeping it never loses one, doubles one or makes a doubt."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import settings
from tests.support.smtp import MailServer
from webapp import notify
from webapp.config import Config
from webapp.notify import email, kept_smtp, smtp
from webapp.notify.email import Mail
from webapp.notify.endings import Busy, InDoubt, NotSent, Refused, Unreachable
from webapp.notify.messages import Message

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path, mail_server: MailServer) -> Iterator[Config]:
    yield settings(tmp_path, smtp_url=mail_server.url)
    notify.close_idle()


def send(config: Config, number: int = 1) -> None:
    message_id = f"<{number}@example.test>"
    email.send(
        config, Message("clara@example.test", "Hello", "Hello.", "http://localhost/", message_id=message_id), NOW
    )


def ids(server: MailServer) -> list[str]:
    return [received.message["Message-ID"].strip("<>").partition("@")[0] for received in server.messages]


def test_mail_after_mail_goes_over_one_connection(config: Config, mail_server: MailServer) -> None:
    for number in range(5):
        send(config, number)
    assert ids(mail_server) == ["0", "1", "2", "3", "4"]
    assert mail_server.connections == 1


def test_a_mail_of_its_own_gets_a_connection_of_its_own(config: Config, mail_server: MailServer) -> None:
    send(config)
    email.post(config, Mail("sam@example.test", "Hello", "Hello"), NOW)
    send(config)
    assert (len(mail_server.messages), mail_server.connections) == (3, 2)


def test_when_a_round_is_over_the_connection_is_closed_and_closing_twice_is_fine(
    config: Config, mail_server: MailServer
) -> None:
    send(config)
    notify.close_idle()
    notify.close_idle()
    send(config)
    assert (len(mail_server.messages), mail_server.connections) == (2, 2)
    mail_server.hang_up()
    notify.close_idle()  # nobody is there to hear it


def test_threads_take_turns_on_no_more_connections_than_there_are_threads(
    config: Config, mail_server: MailServer
) -> None:
    ready = threading.Barrier(4)

    def round_of(start: int) -> None:
        ready.wait(10)
        for number in range(start, start + 10):
            send(config, number)

    threads = [threading.Thread(target=round_of, args=(start,)) for start in (0, 10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(mail_server), key=int) == [str(number) for number in range(40)]
    assert 1 <= mail_server.connections <= 4


def test_a_connection_is_given_up_after_so_many_mails(
    config: Config, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_smtp, "MOST", 2)
    for number in range(5):
        send(config, number)
    assert (len(mail_server.messages), mail_server.connections) == (5, 3)


def test_a_connection_that_was_idle_for_long_is_given_up(
    config: Config, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(config)
    monkeypatch.setattr(kept_smtp, "IDLE", 0)
    send(config)
    assert (len(mail_server.messages), mail_server.connections) == (2, 2)


def test_another_server_gets_a_connection_of_its_own(config: Config, mail_server: MailServer, tmp_path: Path) -> None:
    send(config)
    send(replace(config, smtp_url=mail_server.url.replace("127.0.0.1", "localhost")))
    assert (len(mail_server.messages), mail_server.connections) == (2, 2)


def test_a_server_that_hung_up_between_two_mails_is_called_again(config: Config, mail_server: MailServer) -> None:
    send(config, 1)
    mail_server.hang_up()
    send(config, 2)
    assert ids(mail_server) == ["1", "2"]
    assert mail_server.connections == 2


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
def test_a_kept_line_that_dies_before_the_text_is_replaced_and_the_mail_goes_once(
    config: Config, mail_server: MailServer, at: str
) -> None:
    send(config, 1)
    mail_server.cut(at)
    send(config, 2)
    assert ids(mail_server) == ["1", "2"]
    assert mail_server.connections == 2


def test_a_server_that_takes_no_more_on_one_line_gets_another(config: Config, mail_server: MailServer) -> None:
    mail_server.most = 2
    for number in range(5):
        send(config, number)
    assert (ids(mail_server), mail_server.connections) == (["0", "1", "2", "3", "4"], 3)


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
def test_the_line_is_replaced_once_and_no_more(config: Config, mail_server: MailServer, at: str) -> None:
    send(config, 1)
    mail_server.cut(at, times=2)
    with pytest.raises(Unreachable):
        send(config, 2)
    assert (ids(mail_server), mail_server.connections) == (["1"], 2)


def test_a_kept_line_that_dies_after_the_text_is_in_doubt_and_the_mail_is_not_sent_again(
    config: Config, mail_server: MailServer
) -> None:
    send(config, 1)
    mail_server.cut("TEXT")
    with pytest.raises(InDoubt):
        send(config, 2)
    assert (mail_server.tries, mail_server.connections) == (2, 1)
    send(config, 3)
    assert (ids(mail_server), mail_server.connections) == (["1", "3"], 2)


def test_silence_after_the_text_is_in_doubt_on_a_kept_line_too(
    config: Config, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    send(config, 1)
    mail_server.hang(1)
    with pytest.raises(InDoubt):
        send(config, 2)
    assert mail_server.tries == 2


@pytest.mark.parametrize(
    ("at", "reply", "ending", "connections"),
    [
        ("RCPT", "550 No", Refused, 1),
        ("RCPT", "451 Later", Busy, 2),  # asked again on a line of its own: the no may have been for the old one
        ("DATA", "550 No", Refused, 1),
        ("DATA", "451 Later", Busy, 1),
    ],
)
def test_a_no_on_a_kept_line_is_the_same_no_and_the_next_mail_begins_anew(
    config: Config, mail_server: MailServer, at: str, reply: str, ending: type[NotSent], connections: int
) -> None:
    send(config, 1)
    mail_server.answer(reply, to=at)
    with pytest.raises(ending):
        send(config, 2)
    assert mail_server.connections == connections
    mail_server.accept()
    send(config, 3)
    assert (ids(mail_server), mail_server.connections) == (["1", "3"], connections + 1)


def test_an_address_beyond_ascii_leaves_the_line_fit_for_plain_ones(config: Config, mail_server: MailServer) -> None:
    for to in ("josé@example.test", "clara@example.test"):
        email.send(config, Message(to, "Hello", "Hello.", "http://localhost/"), NOW)
    assert [received.recipients for received in mail_server.messages] == [["josé@example.test"], ["clara@example.test"]]
    assert mail_server.connections == 1


def test_a_server_that_is_gone_for_good_is_unreachable(config: Config, mail_server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gone = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
    send(config)
    with pytest.raises(Unreachable):
        send(replace(config, smtp_url=gone))
    assert len(mail_server.messages) == 1
