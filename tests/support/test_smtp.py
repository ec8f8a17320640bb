"""The mail server speaks real SMTP and refuses when it is told to."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.support.smtp import MailServer


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Cairn <a@example.test>", "b@example.test", "Grüße"
    message.set_content("Something is due at 10:00.\n")
    return message


def send(server: MailServer) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.send_message(letter())


def test_a_message_arrives_parsed_and_with_its_envelope(mail_server: MailServer) -> None:
    send(mail_server)
    (received,) = mail_server.wait_for(1)
    assert (received.sender, received.recipients) == ("a@example.test", ["b@example.test"])
    assert received.message["Subject"] == "Grüße"
    assert received.text.strip() == "Something is due at 10:00."


def test_a_refusal_lasts_as_often_as_asked(mail_server: MailServer) -> None:
    mail_server.answer("451 4.3.0 Later, please", times=1)
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        send(mail_server)
    assert (mail_server.messages, mail_server.tries) == ([], 1)
    send(mail_server)
    assert (len(mail_server.messages), mail_server.tries) == (1, 2)


@pytest.mark.parametrize(
    ("command", "error"), [("MAIL", smtplib.SMTPSenderRefused), ("RCPT", smtplib.SMTPRecipientsRefused)]
)
def test_a_lasting_refusal_ends_with_accept(mail_server: MailServer, command: str, error: type[Exception]) -> None:
    mail_server.answer("550 5.1.1 Nobody here", to=command)
    for _ in range(2):
        with pytest.raises(error):
            send(mail_server)
    mail_server.accept()
    send(mail_server)
    assert len(mail_server.messages) == 1


def test_waiting_for_a_message_that_does_not_come_ends(mail_server: MailServer) -> None:
    with pytest.raises(AssertionError, match="0 of 1 messages"):
        mail_server.wait_for(1, seconds=0.05)


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "TEXT"])
def test_a_line_is_cut_where_it_was_told_and_only_then(mail_server: MailServer, at: str) -> None:
    mail_server.cut(at)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail_server)
    assert (len(mail_server.messages), mail_server.tries) == (0, at == "TEXT")
    send(mail_server)
    assert (len(mail_server.messages), mail_server.connections) == (1, 2)


def test_a_line_that_was_hung_up_is_dead_and_one_that_carried_enough_is_told_so(mail_server: MailServer) -> None:
    mail_server.most = 1
    with smtplib.SMTP("127.0.0.1", mail_server.port, timeout=5) as client:
        client.send_message(letter())
        with pytest.raises(smtplib.SMTPSenderRefused, match="421"):
            client.send_message(letter())
    client = smtplib.SMTP("127.0.0.1", mail_server.port, timeout=5)
    mail_server.hang_up()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
