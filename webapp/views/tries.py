"""How often somebody may try, counted in the database: for each account, and for each address tries come from."""

import math
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from flask import make_response, request
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.throttle import ADDRESS, Rule
from webapp.services import throttles
from webapp.services.tokens import keyed_hash
from webapp.views import edge
from webapp.views.translate import ngettext

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Watched(NamedTuple):
    """Keys of the throttle for one kind of try. `account` is empty where nobody knows yet whose it would be."""

    account: str
    address: str

    def rules(self, account: Rule) -> dict[str, Rule]:
        return ({self.account: account} if self.account else {}) | {self.address: ADDRESS}


def watched(kind: str, account: str = "") -> Watched:
    """Name this try for the throttle, which learns neither whose account it is nor from where."""
    secret = edge.config().secret_key
    return Watched(
        account and keyed_hash(secret, f"{kind} account", account),
        keyed_hash(secret, f"{kind} address", _network(request.remote_addr or "")),
    )


def count(seen: Watched, rule: Rule) -> timedelta:
    """Count a try before it is known how it ends; return how long to wait instead, or zero."""
    with edge.writing() as session:
        return throttles.try_once(session, seen.rules(rule), clock.now())


def led_in(session: "Session", seen: Watched) -> None:
    """Forget the tries of an account whose owner has just shown themself."""
    if seen.account:
        throttles.forget(session, seen.account)
    throttles.give_back(session, {seen.address: ADDRESS}, clock.now())


def wait_words(wait: timedelta) -> str:
    """Say how long to wait, in seconds or whole minutes."""
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        return ngettext(
            "There were many tries. Please wait %(num)d second, then try again.",
            "There were many tries. Please wait %(num)d seconds, then try again.",
            seconds,
        )
    return ngettext(
        "There were many tries. Please wait %(num)d minute, then try again.",
        "There were many tries. Please wait %(num)d minutes, then try again.",
        math.ceil(seconds / 60),
    )


def too_many(page: str, wait: timedelta) -> ResponseReturnValue:
    """Answer with a page that says how long to wait."""
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


def _network(address: str) -> str:
    """An IPv6 household has a whole /64 to try from; it counts as one address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
