"""The mails an account needs. Neutral: they name nobody and nothing of any plan."""

import logging
import threading
from datetime import datetime
from enum import Enum, auto

from webapp import clock
from webapp.config import Config
from webapp.notify import email
from webapp.notify.email import Mail
from webapp.notify.endings import NotSent
from webapp.views import edge
from webapp.views.translate import _

log = logging.getLogger(__name__)


def invitation(to: str, link: str) -> bool:
    """Mail an invitation; tell whether it went out."""
    text = _(
        "Hello,\n\nsomebody who knows you has invited you to Cairn. This page says who, and to what:\n\n%(link)s\n\n"
        "Opening it changes nothing; you decide there. The link works for 7 days, and once.\n"
        "If this means nothing to you, you can leave this mail alone.\n",
        link=link,
    )
    return _send(edge.config(), Mail(to, _("Cairn: you have an invitation"), text), clock.now())


class Change(Enum):
    """What happened to the way somebody signs in."""

    PASSKEY_ADDED = auto()
    PASSKEY_REMOVED = auto()
    APP_ADDED = auto()
    APP_REMOVED = auto()
    CODES_NEW = auto()
    CODE_USED = auto()
    CALENDAR = auto()
    PASSWORD = auto()


def changed(to: str, what: Change) -> None:
    """Tell an account's owner what happened to it, in case it was not they."""
    said = {
        Change.PASSKEY_ADDED: _("A passkey was added to your account."),
        Change.PASSKEY_REMOVED: _("A passkey was removed from your account."),
        Change.APP_ADDED: _("An app for codes was set up for your account."),
        Change.APP_REMOVED: _("The app for codes was removed from your account."),
        Change.CODES_NEW: _("New recovery codes were made for your account. Older ones do not work any more."),
        Change.CODE_USED: _("A recovery code of your account was used. It does not work a second time."),
        Change.CALENDAR: _(
            "An address for a calendar was made for your account. Whoever has it can read what is coming up."
        ),
        Change.PASSWORD: _("The password of your account was changed. Other devices were signed out."),
    }[what]
    text = _(
        "Hello,\n\n%(what)s\n\nIf that was you, there is nothing to do. If it was not, sign in, change your password\n"
        "and look at the devices under Settings:\n\n%(link)s\n",
        what=said,
        link=f"{edge.config().origin}/settings",
    )
    _send_soon(Mail(to, _("Cairn: your account"), text))


def proof_link(to: str, link: str) -> None:
    """Mail a link by which whoever is signed in shows that the mailbox is theirs."""
    text = _(
        "Hello,\n\nyou are signed in to Cairn and about to do something that matters. On this page you confirm\n"
        "that it's you:\n\n%(link)s\n\n"
        "The link works for 10 minutes, and once. If you did not ask for it, leave it alone.\n",
        link=link,
    )
    _send_soon(Mail(to, _("Cairn: your link"), text))


def sign_in_link(to: str | None, link: str) -> None:
    """Mail a link to sign in with; without an address it is written all the same, which takes as long."""
    text = _(
        "Hello,\n\nthis link lets you into Cairn:\n\n%(link)s\n\n"
        "It works for 10 minutes, and once. If you did not ask for it, you can leave this mail alone:\n"
        "nobody gets in without it.\n",
        link=link,
    )
    subject = _("Cairn: your link")
    if to is not None:
        _send_soon(Mail(to, subject, text))


def _send_soon(mail: Mail) -> None:
    """Hand a mail over without letting the answer to the browser wait for a mail server: how long it took would tell
    whether there is an account.
    """
    send = (edge.config(), mail, clock.now())
    if edge.config().smtp_url:
        threading.Thread(target=_send, args=send, name="mail").start()
    else:
        _send(*send)


def _send(config: Config, mail: Mail, now: datetime) -> bool:
    try:
        email.post(config, mail, now)
    except (NotSent, ValueError, OSError) as error:
        log.warning("a mail was not sent: %s", error if isinstance(error, NotSent) else type(error).__name__)
        return False
    return True
