"""How a send ends that did not work; one that did just returns."""

from datetime import timedelta

from webapp.domain.deliveries import ErrorClass


class NotSent(Exception):
    """What all endings share; `str()` is for the ledger and holds nothing of the message or its address.

    `kind` says what follows; `wait` is how long the other side asked us to wait, where it did.
    """

    kind = ErrorClass.TEMPORARY

    def __init__(self, reason: str, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Unreachable(NotSent):
    """The other side could not be reached or would not talk to us; nothing was handed over. Try again later."""


class NotLetIn(Unreachable):
    """The other side answers, but refuses our name and password."""


class Busy(NotSent):
    """The other side said "not now" (SMTP 4xx, HTTP 429 and 5xx). Try again after `wait`."""


class Refused(NotSent):
    """The other side said no to this message for good (SMTP 5xx, HTTP 400 and 413)."""

    kind = ErrorClass.REFUSED


class NotFound(NotSent):
    """HTTP 404: the endpoint is not there. Once may be a slip of the other side's; twice is for good."""

    kind = ErrorClass.NOT_FOUND


class Gone(NotSent):
    """HTTP 410: the endpoint is gone for good."""

    kind = ErrorClass.GONE


class InDoubt(NotSent):
    """The connection was lost after the message was handed over: it may have arrived."""

    kind = ErrorClass.IN_DOUBT
