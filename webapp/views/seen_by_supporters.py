"""What a supporter is shown of a client's record is a look of theirs, which is written down before it is shown.

The care team's pages are one client's, so that being let in is the look (see policies.py). A supporter's are their own,
and only what is on them tells whose record it comes from.
"""

from collections.abc import Iterable

from flask import request

from webapp import clock
from webapp.services import looks
from webapp.views import edge
from webapp.views.offline import is_ahead


def remember(client_ids: Iterable[int], page: str) -> None:
    """Write down that the actor is shown something of these clients; one's own record is nobody's business.

    A page fetched ahead, and one that comes back with a form, are open already; that was written down.
    """
    who, now = edge.actor().id, clock.now()
    shown = set(client_ids) - {who}
    if not shown:
        return
    with edge.writing() as session:
        if is_ahead() or request.method == "POST":
            looks.looked_over(session, who, shown, page, now - looks.JUST_NOW, now)
        else:
            looks.looked_at_each(session, who, shown, page, now)
