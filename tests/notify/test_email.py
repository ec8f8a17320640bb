"""Mail leaves whole, and every ending is told apart."""

import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.conftest import settings
from tests.support.certificate import self_signed
from tests.support.receiver import Answer, Receiver
from tests.support.smtp import MailServer
from webapp import notify
from webapp.notify import email, smtp
from webapp.notify.email import Mail
from webapp.notify.endings import Busy, InDoubt, NotLetIn, NotSent, Refused, Unreachable
from webapp.notify.messages import Message

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
MAIL = Mail(
    "clara@example.test", "Cairn: you have something for today.", "Hello.\n.\n..two\nBye.\n", "<one@example.test>"
)


def test_a_mail_arrives_as_it_was_written(tmp_path: Path, mail_server: MailServer) -> None:
    email.post(settings(tmp_path, smtp_url=mail_server.url), MAIL, NOW)
    (received,) = mail_server.wait_for(1)
    assert received.sender == "cairn@example.test"
    assert received.recipients == ["clara@example.test"]
    assert received.text.splitlines() == ["Hello.", ".", "..two", "Bye."]
    assert received.message["Message-ID"] == "<one@example.test>"
    assert received.message["Auto-Submitted"] == "auto-generated"
    assert received.message["Date"].datetime == NOW
    assert received.message.get_content_type() == "text/plain"


def test_a_message_is_a_mail_with_its_link_and_its_own_id(tmp_path: Path, mail_server: MailServer) -> None:
    message = Message(
        to="clara@example.test",
        title="Cairn: you have something for today",
        body="You asked to be reminded of something today.",
        lead="You find it here:",
        link="http://localhost/r/1",
        footer="You can turn it off there.",
        message_id="<two@example.test>",
    )
    config = settings(tmp_path, smtp_url=mail_server.url)
    email.send(config, message, NOW)
    email.send(config, replace(message, lead="", footer=""), NOW)
    notify.close_idle()
    whole, bare = mail_server.wait_for(2)
    assert whole.message["Subject"] == "Cairn: you have something for today"
    assert whole.message["Message-ID"] == bare.message["Message-ID"] == "<two@example.test>"
    assert whole.text.replace("\r\n", "\n") == (
        "You asked to be reminded of something today. You find it here: http://localhost/r/1\n\n"
        "You can turn it off there.\n"
    )
    assert bare.text.strip() == "You asked to be reminded of something today. http://localhost/r/1"


def test_letters_beyond_ascii_and_long_links_survive(tmp_path: Path, mail_server: MailServer) -> None:
    link = "http://localhost/invitations/" + "x" * 900
    email.post(settings(tmp_path, smtp_url=mail_server.url), Mail("j@example.test", "Ánimo", f"José ☂\n{link}\n"), NOW)
    (received,) = mail_server.wait_for(1)
    assert received.message["Subject"] == "Ánimo"
    assert received.text.splitlines() == ["José ☂", link]


def test_without_a_given_id_one_is_made_in_the_senders_domain(tmp_path: Path, mail_server: MailServer) -> None:
    config = settings(tmp_path, smtp_url=mail_server.url)
    for _ in range(2):
        email.post(config, Mail("j@example.test", "Hello", "Hello"), NOW)
    first, second = (received.message["Message-ID"] for received in mail_server.wait_for(2))
    assert first != second
    assert first.endswith("@example.test>")


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("reply", "ending"), [("451 Later", Busy), ("550 No", Refused)])
def test_a_no_of_the_server_says_whether_to_try_again(
    tmp_path: Path, mail_server: MailServer, at: str, reply: str, ending: type[NotSent]
) -> None:
    mail_server.answer(f"{reply} clara@example.test", to=at)
    with pytest.raises(ending) as refused:
        email.post(settings(tmp_path, smtp_url=mail_server.url), MAIL, NOW)
    assert refused.value.reason == f"mail server answered {reply[:3]}"


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable):
        email.post(settings(tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"), MAIL, NOW)


def test_a_server_without_the_asked_encryption_gets_no_mail(tmp_path: Path, mail_server: MailServer) -> None:
    with pytest.raises(Unreachable):
        email.post(settings(tmp_path, smtp_url=mail_server.url + "?starttls"), MAIL, NOW)
    assert mail_server.tries == 0


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, "127.0.0.1"))
    server = Receiver(lambda request: Answer(), context)
    try:
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            email.post(settings(tmp_path, smtp_url=f"smtps://127.0.0.1:{server.port}"), MAIL, NOW)
    finally:
        server.stop()


def test_a_server_that_takes_only_ascii_addresses_refuses_another_before_anything_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_half_a_server, args=(listener, 2))
        thread.start()
        config = settings(tmp_path, smtp_url=f"smtp://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(Refused, match="beyond ASCII"):
            email.post(config, Mail("josé@example.test", "Hello", "Hello"), NOW)
        thread.join()


def _half_a_server(listener: socket.socket, last_words: int) -> None:
    """Answer the first `last_words` commands, then say nothing more until the other side gives up."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as wire:
        answers = [b"220 hello", b"250 hello", b"250 ok", b"250 ok", b"354 go on"]
        wire.write(answers[0] + b"\r\n")
        wire.flush()
        for answer in answers[1:last_words]:
            wire.readline()
            wire.write(answer + b"\r\n")
            wire.flush()
        wire.read()


@pytest.mark.parametrize(("last_words", "ending"), [(3, Unreachable), (4, Unreachable), (5, InDoubt)])
def test_silence_is_in_doubt_only_after_the_text_was_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_words: int, ending: type[Exception]
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_half_a_server, args=(listener, last_words))
        thread.start()
        url = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ending):
            email.post(settings(tmp_path, smtp_url=url), MAIL, NOW)
        thread.join()


def test_without_a_server_mails_are_whole_files_in_order(tmp_path: Path) -> None:
    config = settings(tmp_path)
    email.post(config, MAIL, NOW)
    email.post(config, Mail("sam@example.test", "Hello", "Second"), NOW.replace(minute=1))
    files = sorted(config.outbox.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert files[0].name.startswith("20261119T170000")
    recipients = [message_from_bytes(file.read_bytes(), policy=policy.default)["To"] for file in files]
    assert recipients == ["clara@example.test", "sam@example.test"]
    assert files[0].stat().st_mode & 0o077 == 0


def test_a_second_header_can_not_be_slipped_in(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="newline|linefeed"):
        email.post(settings(tmp_path), Mail("a@example.test\nBcc: b@example.test", "Hello", "Hello"), NOW)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user", "password"),
    [
        ("smtp://mail.example", "mail.example", 25, "", "", ""),
        ("smtps://me%40x:p%3Aw@mail.example:4650", "mail.example", 4650, "at once", "me@x", "p:w"),
        ("smtp+starttls://mail.example", "mail.example", 587, "starttls", "", ""),
        ("smtp://mail.example:2525?starttls", "mail.example", 2525, "starttls", "", ""),
    ],
)
def test_the_address_of_a_server_is_read(url: str, host: str, port: int, tls: str, user: str, password: str) -> None:
    assert smtp.server(url) == smtp.Server(host, port, tls, user, password)


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="CAIRN_SMTP_URL"):
        smtp.server("https://mail.example")


def test_a_greeting_tells_whether_the_server_talks_to_us_and_sends_nothing(
    tmp_path: Path, mail_server: MailServer
) -> None:
    email.greet(settings(tmp_path, smtp_url=mail_server.url))
    assert mail_server.tries == 0
    with pytest.raises(Unreachable):
        email.greet(settings(tmp_path, smtp_url=mail_server.url + "?starttls"))


def test_a_server_that_refuses_our_name_and_password_is_told_apart(tmp_path: Path) -> None:
    def refuse(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as wire:
            for said in (b"220 here\r\n", b"250-here\r\n250 AUTH PLAIN\r\n", b"535 No\r\n"):
                wire.write(said)
                wire.flush()
                wire.readline()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse, args=(listener,))
        thread.start()
        url = f"smtp://clara:secret@127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(NotLetIn):
            email.greet(settings(tmp_path, smtp_url=url))
        thread.join()
