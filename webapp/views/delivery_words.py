"""Say in plain words what became of a reminder. What went wrong on our side is never the reader's fault."""

from webapp.queries.deliveries import Line
from webapp.views.translate import _


def delivery_words(line: Line) -> tuple[str, str]:
    """Return a mark ("sent", "waiting", "doubt", "silent" or "lost") and a sentence."""
    if line.state == "sent":
        return "sent", _("Sent by mail")
    if line.state in ("pending", "claimed", "sending"):
        quiet = line.because == "deferred_quiet"
        return "waiting", _("Waits until your quiet hours are over") if quiet else _("On its way")
    if line.state == "unknown":
        return "doubt", _("It may have arrived; we can't tell. So that you don't get it twice, we didn't send it again")
    if line.state == "expired":
        return "lost", _("Not sent: Cairn was not running then. Our fault, not yours")
    if line.state == "failed":
        return "lost", _lost_words(line)
    return "silent", _silent_words(line)


def _lost_words(line: Line) -> str:
    if line.because == "address_off":
        return _("Not sent: mails to this address are switched off")
    return _("We couldn't reach you: our fault, not yours")


def _silent_words(line: Line) -> str:
    return {
        "cancelled_done": _("Not sent: you had already said how it went"),
        "cancelled_quota": _("Not sent: you already had as many as you planned"),
        "suppressed_paused": _("Not sent: you were having a rest from it"),
        "ended": _("Not sent: it was no longer asked for"),
        "revoked": _("Not sent: the promise had ended"),
        "expired": _("Not sent: it would have come too late to help"),
    }.get(line.because or "", _("Not sent"))


def off_words(because: str | None) -> str:
    """Say why an address is switched off."""
    return _(
        "Three mails in a row were refused (%(said)s), so we stopped writing there. "
        "Once the address is right, switch it on again.",
        said=because or _("no reason given"),
    )
