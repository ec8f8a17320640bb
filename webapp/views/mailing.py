"""The mails an account needs. Neutral: they name nobody and nothing of any plan."""

import logging
import threading
from datetime import datetime

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


def sign_in_link(to: str, link: str) -> None:
    """Mail a link to sign in with. The answer to the browser does not wait for a mail server:
    how long it took would tell whether there is an account.
    """
    text = _(
        "Hello,\n\nthis link lets you into Cairn:\n\n%(link)s\n\n"
        "It works for 10 minutes, and once. If you did not ask for it, you can leave this mail alone:\n"
        "nobody gets in without it.\n",
        link=link,
    )
    send = (edge.config(), Mail(to, _("Cairn: your link"), text), clock.now())
    if edge.config().smtp_url:
        threading.Thread(target=_send, args=send, name="sign-in link").start()
    else:
        _send(*send)


def _send(config: Config, mail: Mail, now: datetime) -> bool:
    try:
        email.post(config, mail, now)
    except (NotSent, ValueError, OSError) as error:
        log.warning("a mail was not sent: %s", error if isinstance(error, NotSent) else type(error).__name__)
        return False
    return True
