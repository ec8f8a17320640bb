"""Who may open and change what, and whose words may stand on an answer: the rules of the product, told once more.

Written apart from the app, on purpose: nothing of `webapp` is imported here, so that a mistake there is not
repeated here. The matrix (test_matrix.py) asks every route as everybody and compares. Three tables:

    PEOPLE, TIES   who there is in the tests, and what each client shares with whom (world.py writes it down)
    SEEN           each kind of words a client's record holds, and what has to be shared for it to be read
    ROUTES         each route: its methods, who may use it, and whose record its address may name

A new route needs one line in ROUTES; one that changes something also a form in forms.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

EVERYTHING = "plan steps notes coping distress agenda substance_use"
USUAL = "plan steps notes coping distress agenda"

PEOPLE = {
    # clients; "joy" has not joined yet, "del" is deactivated, "zoe" belongs to another organisation
    "clara": "client",
    "otto": "client",
    "wanda": "client",
    "bea": "client",
    "pia": "client",
    "stan": "client",
    "nina": "client",
    "cora": "client",
    "dina": "client",
    "aggie": "client",
    "sue": "client",
    "fay": "client",
    "eve": "client",
    "una": "client",
    "joy": "client, not joined",
    "del": "client, deactivated",
    "zoe": "client, elsewhere",
    # those they share with, or don't
    "sam": "supporter",
    "nora": "supporter",
    "uma": "supporter",
    "theo": "care team",
    "lena": "care team",
    "tess": "care team",
    "dora": "care team, deactivated",
    "ada": "admin",
}


@dataclass(frozen=True, slots=True)
class Tie:
    """A works with a client, or supports them, and what the client shares. `gives` counts only `when` it is "now".

    `stands`: neither the assignment nor the place in the circle was ended. `promise`: the state of what the supporter
    was asked for, if anything; `private`: that is a step about substance use.
    """

    who: str
    client: str
    gives: str = ""
    when: str = "now"
    stands: bool = True
    confirmed: bool = True
    promise: str | None = None
    private: bool = False

    @property
    def works(self) -> bool:
        return is_a(self.who, "care team")


TIES = (
    Tie("theo", "clara", USUAL),
    Tie("theo", "wanda", EVERYTHING, "withdrawn"),
    Tie("theo", "bea", EVERYTHING),
    Tie("theo", "pia", "plan"),
    Tie("theo", "stan", "steps"),
    Tie("theo", "nina", "notes"),
    Tie("theo", "cora", "coping"),
    Tie("theo", "dina", "coping distress"),
    Tie("theo", "aggie", "agenda"),
    Tie("theo", "sue", "substance_use"),
    Tie("theo", "fay", EVERYTHING, "not yet"),
    Tie("theo", "eve", EVERYTHING, "over"),
    Tie("theo", "una", EVERYTHING, stands=False),
    Tie("theo", "joy", "plan"),
    Tie("theo", "del", EVERYTHING),
    Tie("lena", "clara"),
    Tie("dora", "clara", EVERYTHING),
    Tie("tess", "otto", USUAL),
    Tie("tess", "clara", EVERYTHING, stands=False),  # a grant alone opens nothing
    Tie("sam", "clara", "plan steps", promise="active"),
    Tie("sam", "wanda", "plan steps substance_use", "withdrawn", promise="ended"),
    Tie("sam", "bea", "plan steps substance_use", promise="declined"),
    Tie("sam", "pia", "plan"),
    Tie("sam", "stan", "steps", promise="active", private=True),
    Tie("sam", "sue", "substance_use", promise="active", private=True),
    Tie("sam", "fay", "plan steps substance_use", "not yet", promise="active", private=True),
    Tie("sam", "eve", "plan steps substance_use", "over", promise="active", private=True),
    Tie("sam", "una", "plan steps substance_use", stands=False, promise="active"),
    Tie("sam", "del", "plan steps substance_use", promise="active"),
    Tie("nora", "clara", promise="active"),
    Tie("uma", "clara", "plan steps substance_use", confirmed=False, promise="active"),
)

SEEN = {
    # What the words are, and which scopes let them be read: by the care team, by a supporter. "" is never.
    "vision": ("plan", "plan"),
    "strength": ("plan", ""),
    "sustrength": ("plan substance_use", ""),
    "preference": ("plan", ""),
    "supreference": ("plan substance_use", ""),
    "concern": ("plan", ""),
    "suconcern": ("plan substance_use", ""),
    "crisisstep": ("plan", ""),
    "sucrisisstep": ("plan substance_use", ""),
    "review": ("plan", ""),
    "sureview": ("plan substance_use", ""),
    "support": ("plan", ""),
    "susupport": ("plan substance_use", ""),
    "monitoring": ("plan", ""),
    "sumonitoring": ("plan substance_use", ""),
    "teammember": ("plan", ""),
    "emergency": ("plan", ""),
    "crisiscontact": ("plan", ""),
    "address": ("plan", ""),
    "culture": ("plan", ""),
    "history": ("plan", ""),
    "suhistory": ("plan substance_use", ""),
    "treatment": ("plan", ""),
    "goal": ("plan", "plan"),
    "objective": ("plan", ""),
    "step": ("plan, steps", "plan, steps"),
    "howto": ("plan", ""),
    "purpose": ("plan", ""),
    "cue": ("plan", ""),
    "smallest": ("plan", ""),
    "remark": ("plan", ""),
    "ride": ("plan, steps", "plan"),
    "suride": ("plan substance_use, steps substance_use", "plan substance_use"),
    "change": ("plan", ""),
    "why": ("plan", ""),
    "suggested": ("plan", ""),
    "oldstep": ("plan", ""),
    "sugoal": ("plan substance_use", "plan substance_use"),
    "suobjective": ("plan substance_use", ""),
    "sustep": ("plan substance_use, steps substance_use", "plan substance_use, steps substance_use"),
    "suchange": ("plan substance_use", ""),
    "note": ("notes", ""),
    "reason": ("notes", ""),
    "ridenote": ("notes", ""),
    "sunote": ("notes substance_use", ""),
    "strategy": ("coping", ""),
    "strategyhow": ("plan coping", ""),
    "trigger": ("plan coping", ""),
    "sutrigger": ("plan coping substance_use", ""),
    "warning": ("plan coping", ""),
    "suwarning": ("plan coping substance_use", ""),
    "copingchange": ("plan coping", ""),
    "sucopingchange": ("plan coping substance_use", ""),
    "sustrategy": ("coping substance_use", ""),
    "distress": ("coping distress", ""),
    "agenda": ("agenda", ""),
    "suagenda": ("agenda substance_use", ""),
    # The consent itself stands beside what it opens.
    "grantpurpose": (
        "substance_use",
        "plan substance_use, steps substance_use",
    ),
    # The client's alone, whatever is shared.
    "usenote": ("", ""),
    "reasons": ("", ""),
    "contact": ("", ""),
    "rest": ("", ""),
    "retired": ("", ""),
}
"""The words of a record, each with a canary of its own for each client. "distress" stands for numbers."""

PERSONAL = ("email", "device", "endpoint", "invited", "message")
"""What belongs to an account: addresses, devices, and the invitations somebody sent."""


def is_a(person: str, role: str) -> bool:
    return PEOPLE[person].split(", ")[0] == role


def gone(person: str) -> bool:
    return "deactivated" in PEOPLE[person]


def tie(who: str, client: str) -> Tie | None:
    return next((one for one in TIES if (one.who, one.client) == (who, client)), None)


def belongs(who: str, client: str) -> bool:
    """The two have to do with each other now, whatever is shared."""
    found = tie(who, client)
    return found is not None and found.stands and not gone(who) and not gone(client)


def is_known(who: str, client: str) -> bool:
    """The client said that it is them: nothing can be shared with anybody before that."""
    found = tie(who, client)
    return found is not None and found.confirmed


def meets(who: str, client: str) -> bool:
    """This person may know of the client at all.

    They belong together, and the client confirmed a supporter, or shares something now with somebody of the care team.
    """
    found = tie(who, client)
    if found is None or not belongs(who, client):
        return False
    if found.works:
        return bool(shared(who, client))
    return found.confirmed


def shared(who: str, client: str) -> frozenset[str]:
    """What the client shares with this person now.

    Whoever draws up a plan for somebody who has not joined yet writes down what helps, too.
    """
    found = tie(who, client)
    if found is None or not belongs(who, client) or found.when != "now":
        return frozenset()
    if not found.confirmed:
        return frozenset()
    drawing_up = found.works and "not joined" in PEOPLE[client] and "plan" in found.gives
    return frozenset(found.gives.split()) | ({"coping"} if drawing_up else frozenset())


def holds(scopes: frozenset[str], needed: str) -> bool:
    """Whether these scopes are enough for "this and this, or that"."""
    return any(scopes >= set(way.split()) for way in needed.split(", ") if way)


def supporters(client: str) -> list[str]:
    """Whom the client asked for something."""
    return [one.who for one in TIES if one.client == client and one.promise]


def knows(who: str, client: str) -> bool:
    """The supporter was asked for something, and may know of it: asking does not share what is about substance use."""
    found = tie(who, client)
    if found is None or found.promise is None or not meets(who, client):
        return False
    return not found.private or "substance_use" in shared(who, client)


def promised(who: str, client: str) -> bool:
    """The supporter said yes to a step of this client's, and that stands."""
    found = tie(who, client)
    return found is not None and found.promise == "active" and knows(who, client)


def is_private(who: str, client: str) -> bool:
    """What a supporter was asked for is about substance use."""
    found = tie(who, client)
    return found is not None and found.private


Words = frozenset[tuple[str, str]]
"""Kinds of words with whose they are."""


def told(who: str, client: str) -> Words:
    """The words of a client's record that somebody else may read."""
    kinds = {kind for kind, needed in SEEN.items() if holds(shared(who, client), needed[not is_a(who, "care team")])}
    if promised(who, client):
        kinds |= {"suride" if is_private(who, client) else "ride", f"rideby{who}"}
        kinds |= {"grantpurpose"} if "substance_use" in shared(who, client) else set()
    if meets(who, client):
        kinds |= {"name", "called"} if is_a(who, "care team") else {"called"}
        kinds |= {f"placeof{who}"} if is_a(who, "care team") else set()
    if is_a(who, "care team") and "notes" in shared(who, client):
        open_to_them = "substance_use" in shared(who, client)
        kinds |= {f"rideby{one}" for one in supporters(client) if open_to_them or not is_private(one, client)}
    return frozenset((kind, client) for kind in kinds)


def may_read(actor: str | None) -> Words:
    """All words that may stand on an answer to this person; None is a stranger."""
    if actor is None or gone(actor):
        return frozenset()
    own = {(kind, actor) for kind in ("name", "called", *PERSONAL)}
    if is_a(actor, "admin"):
        return frozenset(own | {(kind, one) for one in PEOPLE if "elsewhere" not in PEOPLE[one] for kind in NAMED})
    if is_a(actor, "client"):
        circle = {one.who for one in TIES if one.client == actor}
        theirs = {*SEEN, *(f"rideby{one}" for one in supporters(actor))}
        theirs |= {f"placeof{one}" for one in circle if is_a(one, "care team")}
        return frozenset(own | {(kind, actor) for kind in theirs} | _names(circle))
    # The list of what was sent to somebody keeps whom it was for; not what it said.
    own |= {("called", one.client) for one in TIES if one.who == actor and one.promise and one.confirmed}
    clients = [one.client for one in TIES if one.who == actor and meets(actor, one.client)]
    found = own.union(*(told(actor, client) for client in clients))
    # Who works with a plan reads who else is in it.
    beside = {one.who for client in clients if shared(actor, client) for one in TIES if one.client == client}
    return frozenset(found | (_names(beside) if is_a(actor, "care team") else set()))


def on_caseload(actor: str | None) -> Words:
    """The caseload names everybody somebody is assigned to, whatever they share: the assignment itself says so."""
    assigned = {one.client for one in TIES if one.who == actor and one.works and belongs(one.who, one.client)}
    return may_read(actor) | {("name", client) for client in assigned}


WROTE, INVITED = "theo", "nora"
"""Who drew up every plan of the world, and whom everybody's invitation in it is for."""


def downloaded(actor: str | None) -> Words:
    """*Download everything* holds, beside: what one said oneself in others' records, and what others wrote to one."""
    said = {(f"rideby{actor}", one.client) for one in TIES if one.who == actor and one.promise}
    invitations = {(kind, one) for one in PEOPLE for kind in ("name", "invited", "message") if actor == INVITED}
    return may_read(actor) | said | invitations | {("name", WROTE)}


NAMED = ("name", "email")


def _names(people: Iterable[str]) -> set[tuple[str, str]]:
    return {(kind, one) for one in people for kind in ("name", "called")}


def seen_as(client: str, person: str) -> Words:
    """What *See as* shows a client of their own record: the very words that person may read, and their names."""
    names = _names([client, *(one.who for one in TIES if one.client == client)])
    return told(person, client) | frozenset(names)


# Routes


@dataclass(frozen=True, slots=True)
class Route:
    """What a route answers to those who may use it; everybody else gets what `refusal` says.

    `who`: anybody · signed in · client · supporter · care team · admin. `about`: whose record the address, or for a
    tap the form, may name (requests.py fills it in). `get` and `post` are the answers, `other` the one to a form that
    names a record of somebody else's. `changes`: the tables that a POST with a good form changes at least.
    """

    methods: str
    who: str
    about: str = ""
    get: str = "200"
    post: str = "303"
    other: str = "404"
    changes: str = ""


def R(methods: str, who: str, about: str = "", **more: str) -> Route:
    return Route(methods, who, about, **more)


ROUTES = {
    # for everybody
    "static": R("GET", "anybody", get="200"),
    "health.healthz": R("GET", "anybody", get="200 503"),
    "styleguide.page": R("GET", "anybody", get="200"),
    "home.page": R("GET", "anybody", get="303"),
    "language.choose": R("POST", "anybody"),
    "help_now.page": R("GET", "anybody"),
    "service_worker.script": R("GET", "anybody"),
    "install.manifest": R("GET", "anybody"),
    "offline.page": R("GET", "anybody"),
    "offline.using": R("GET", "anybody"),
    "offline.whoami": R("GET", "anybody"),
    # signing in; what a link opens is told in LINKS
    "sign_in.page": R("GET", "anybody", get="200 303"),
    "sign_in.sign_in": R("POST", "anybody", "named", changes="sign_ins"),
    "sign_in.ask_link": R("GET POST", "anybody", "named", post="200", changes="sign_in_links"),
    "sign_in.link": R("GET POST", "anybody", "link"),
    "invitations.open": R("GET", "anybody", "link"),
    "invitations.accept": R("POST", "anybody", "link"),
    "invitations.offer_passkey": R("POST", "anybody", "link"),
    "calendar_feeds.feed": R("GET", "anybody", "link"),
    "passkeys.ask": R("POST", "anybody", post="200"),
    "passkeys.enter": R("POST", "anybody", post="422"),
    "second_step.page": R("GET", "anybody", get="303"),  # of nobody here: they are all in, or not at all
    "second_step.answer": R("POST", "anybody", post="401"),
    "proving.link": R("GET POST", "anybody", "link"),
    "lock.page": R("GET", "anybody", get="303"),
    "lock.lock": R("POST", "anybody"),
    "lock.unlock": R("POST", "anybody"),
    "lock.forgotten": R("POST", "anybody"),
    "quick_exit.leave": R("POST", "anybody"),
    "quick_exit.units": R("GET", "anybody"),
    "sign_in.out": R("POST", "signed in", changes="sign_ins"),
    "sign_in.out_everywhere": R("POST", "signed in", changes="sign_ins"),
    "offline.forget": R("POST", "signed in", changes="sign_ins"),
    # one's own account
    "settings.page": R("GET", "signed in"),
    "settings.keep": R("POST", "signed in", changes="people"),
    "settings.password": R("POST", "signed in", changes="people"),
    "settings.end_others": R("POST", "signed in", changes="sign_ins"),
    "proving.confirm": R("POST", "signed in"),
    "proving.mail": R("POST", "signed in", post="404"),  # for whoever has no password; here all have one
    "second_factor.page": R("GET", "signed in"),
    "second_factor.app": R("GET", "signed in"),
    "second_factor.set_up": R("POST", "signed in", post="422"),
    "second_factor.remove": R("POST", "signed in"),
    "second_factor.renew": R("POST", "signed in", post="200", changes="recovery_codes"),
    "passkeys.new": R("GET", "signed in"),
    "passkeys.offer": R("POST", "signed in", post="200"),
    "passkeys.add": R("POST", "signed in", post="422"),
    "passkeys.rename": R("POST", "signed in", "personal", changes="passkeys"),
    "passkeys.remove": R("POST", "signed in", "personal", changes="passkeys"),
    "own_data.page": R("GET", "signed in"),
    "own_data.download": R("POST", "signed in", post="200"),
    "own_data.delete": R("POST", "signed in", post="303 422"),  # who is needed can't just go
    "own_data.keep": R("POST", "signed in"),
    "privacy.page": R("GET", "client or supporter"),
    "privacy.keep": R("POST", "client or supporter", changes="people"),
    "privacy.remove": R("POST", "client or supporter"),
    "privacy.name": R("POST", "client or supporter", changes="people"),
    "settings.end_device": R("POST", "signed in", "personal", changes="sign_ins"),
    "notices.keep": R("POST", "signed in"),
    "outbox.page": R("GET", "signed in"),
    "install.how": R("GET", "signed in"),
    "invitations.sent": R("GET", "signed in", "personal"),
    "invitations.send_again": R("POST", "signed in", "personal", changes="invitations"),
    "invitations.withdraw": R("POST", "signed in", "personal", changes="invitations"),
    "reminders.page": R("GET", "signed in"),
    "reminders.settings": R("POST", "signed in", changes="people"),
    "reminders.mail": R("POST", "signed in", changes="people"),
    "endpoints.key": R("GET", "client or supporter"),
    "endpoints.add": R("POST", "client or supporter", changes="endpoints"),
    "endpoints.left": R("POST", "signed in", "named", changes="endpoints"),
    "endpoints.add_ntfy": R("POST", "client or supporter", changes="endpoints"),
    "endpoints.test": R("POST", "signed in", "personal mail", changes="throttles"),
    "endpoints.end": R("POST", "signed in", "personal", changes="endpoints"),
    "endpoints.switch_on": R("POST", "signed in", "personal off", changes="endpoints"),
    "reminded.page": R("GET", "client or supporter", "reminder"),
    "reminded.answer": R("POST", "client or supporter", "reminder", changes="check_ins ops"),
    "calendar_feeds.begin": R("POST", "client or supporter", changes="calendar_feeds"),
    "calendar_feeds.words": R("POST", "client or supporter", changes="calendar_feeds"),
    "calendar_feeds.end": R("POST", "client or supporter", changes="calendar_feeds"),
    "welcome.page": R("GET", "client or supporter", get="303"),
    "welcome.ask": R("GET", "client or supporter", get="200 303"),
    "welcome.answer": R("POST", "client or supporter", changes="people"),
    "welcome.end": R("POST", "client or supporter", changes="people"),
    # the client's own
    "today.page": R("GET", "client"),
    "steps.page": R("GET", "client", "own"),
    "check_ins.add": R("POST", "client", "own", changes="check_ins ops"),
    "check_ins.undo": R("POST", "client", "own", changes="check_ins"),
    "check_ins.note": R("POST", "client", "own", changes="check_ins ops"),
    "check_ins.undo_op": R("POST", "client", "tap", changes="check_ins"),
    "check_ins.note_op": R("POST", "client", "own tap", changes="check_ins ops"),
    "pauses.page": R("GET", "client"),
    "pauses.add": R("POST", "client", "own named", changes="pauses"),
    "pauses.end": R("POST", "client", "own", changes="pauses"),
    "pauses.take_back": R("POST", "client", "own", changes="pauses"),
    "bad_days.begin": R("POST", "client", changes="bad_days ops"),
    "bad_days.undo": R("POST", "client", changes="ops"),
    "progress.page": R("GET", "client"),
    "progress.week": R("GET", "client"),
    "reminder_times.own": R("POST", "client", "own", changes="reminders"),
    "agenda.page": R("GET", "client"),
    "agenda.add": R("POST", "client", changes="agenda_items"),
    "agenda.settle": R("POST", "client", "own", changes="agenda_items"),
    "agenda.reopen": R("POST", "client", "own settled", changes="agenda_items"),
    "agenda.remove": R("POST", "client", "own", changes="agenda_items"),
    "coping.page": R("GET", "client"),
    "coping.new": R("GET", "client"),
    "coping.add": R("POST", "client", changes="coping_strategies"),
    "coping.edit": R("GET", "client", "own"),
    "coping.change": R("POST", "client", "own", changes="coping_strategies"),
    "coping.retire": R("POST", "client", "own", changes="coping_strategies"),
    "coping.bring_back": R("POST", "client", "own retired", changes="coping_strategies"),
    "coping.use": R("POST", "client", "own", changes="coping_uses ops"),
    "coping.using": R("GET", "client", "own"),
    "coping.finish": R("POST", "client", "own", changes="coping_uses ops"),
    "coping.finish_op": R("POST", "client", "own tap", changes="coping_uses ops"),
    "coping.undo": R("POST", "client", "tap", changes="coping_uses ops"),
    "contacts.new": R("GET", "client"),
    "contacts.add": R("POST", "client", changes="contacts"),
    "contacts.edit": R("GET", "client", "own"),
    "contacts.change": R("POST", "client", "own", changes="contacts"),
    "contacts.remove": R("POST", "client", "own", post="200", changes="contacts"),
    "help_now.write_reasons": R("GET", "client"),
    "help_now.keep_reasons": R("POST", "client", changes="client_information"),
    "plan.page": R("GET", "client"),
    "plan.changes": R("GET", "client"),
    "plan.new_step": R("GET", "client"),
    "plan.add_step": R("POST", "client", "own goal", other="422", changes="action_steps cadences"),
    "plan.edit_step": R("GET", "client", "own"),
    "plan.change_step": R("POST", "client", "own", changes="action_steps"),
    "plan.retire_step": R("POST", "client", "own", changes="action_steps"),
    "plan.restore_step": R("POST", "client", "own over", changes="action_steps"),
    "plan.suggest": R("GET", "client", "own"),
    "plan.send_suggestion": R("POST", "client", "own", changes="plan_changes"),
    # the client decides who sees what
    "people.page": R("GET", "client"),
    "people.grant": R("POST", "client", "circle", changes="sharing_grants"),
    "people.withdraw": R("POST", "client", "circle", changes="sharing_grants"),
    "people.confirm": R("POST", "client", "circle supporter", changes="supporter_links"),
    "people.ask_again": R("POST", "client", "circle supporter"),
    "people.share_again": R("POST", "client", "circle"),
    "people.seen": R("GET", "client", "circle"),
    "people.seen_session": R("GET", "client", "circle worker"),
    "people.seen_plan": R("GET", "client", "circle planner"),
    "people.end": R("POST", "client", "circle supporter", changes="supporter_links"),
    "people.ask": R("POST", "client", "own asked", changes="commitments commitment_events"),
    "people.invite": R("GET", "client"),
    "people.send_invitation": R("POST", "client", changes="invitations"),
    "people.looks": R("GET", "client"),
    "commitments.answer_change": R("POST", "client", "own", changes="commitments commitment_events"),
    "commitments.confirm": R("POST", "client", "own", changes="check_ins"),
    # a supporter's promises
    "promises.page": R("GET", "supporter"),
    "promises.answer": R("POST", "supporter", "promise", changes="commitments commitment_events"),
    "promises.confirm": R("POST", "supporter", "promise", changes="check_ins"),
    "promises.undo": R("POST", "supporter", "promise", changes="check_ins"),
    "promises.undo_op": R("POST", "supporter", "promise tap", changes="check_ins"),
    "reminder_times.promise": R("POST", "supporter", "promise", changes="reminders"),
    # the care team
    "caseload.page": R("GET", "care team"),
    "invitations.new_client": R("GET", "care team"),
    "invitations.invite_client": R("POST", "care team", changes="invitations people"),
    "before_session.client": R("GET", "care team", "client", get="303"),
    "before_session.page": R("GET", "care team", "client"),
    "sessions.page": R("GET", "care team", "client"),
    "sessions.plan": R("POST", "care team", "client", changes="sessions"),
    "sessions.edit": R("GET", "care team", "client"),
    "sessions.move": R("POST", "care team", "client", changes="sessions"),
    "sessions.hold": R("POST", "care team", "client", changes="sessions"),
    "sessions.cancel": R("POST", "care team", "client", changes="sessions"),
    "sessions.restore": R("POST", "care team", "client cancelled", changes="sessions"),
    "sessions.review": R("POST", "care team", "client", changes="sessions"),
    "care_plan.page": R("GET", "care team", "plan"),
    "care_plan.begin": R("POST", "care team", "plan"),
    "care_plan.changes": R("GET", "care team", "plan"),
    "care_plan.head": R("GET", "care team", "plan"),
    "care_plan.change_head": R("POST", "care team", "plan", changes="care_plans plan_changes"),
    "care_plan.information": R("GET", "care team", "plan"),
    "care_plan.change_information": R("POST", "care team", "plan", changes="client_information plan_changes"),
    "care_plan.new_item": R("GET", "care team", "plan list"),
    "care_plan.add_item": R("POST", "care team", "plan list", changes="plan_changes"),
    "care_plan.edit_item": R("GET", "care team", "plan entry"),
    "care_plan.change_item": R("POST", "care team", "plan entry", changes="plan_changes"),
    "care_plan.retire_item": R("POST", "care team", "plan entry", changes="plan_changes"),
    "care_plan.restore_strategy": R("POST", "care team", "plan retired", changes="coping_strategies"),
    "care_plan.new_step": R("GET", "care team", "plan"),
    "care_plan.add_step": R("POST", "care team", "plan", changes="action_steps cadences plan_changes"),
    "care_plan.edit_step": R("GET", "care team", "plan step"),
    "care_plan.change_step": R("POST", "care team", "plan step", changes="action_steps plan_changes"),
    "care_plan.retire_step": R("POST", "care team", "plan step", changes="action_steps plan_changes"),
    "care_plan.restore_step": R("POST", "care team", "plan over", changes="action_steps plan_changes"),
    "care_plan.accept_step": R("POST", "care team", "plan new", changes="action_steps plan_changes"),
    "care_plan.settle": R("POST", "care team", "plan suggestion", changes="plan_changes"),
    "care_plan.import_file": R("GET", "care team", "plan"),
    "care_plan.take_in": R("POST", "care team", "plan", post="200", changes="care_plans"),
    # the admin: accounts, and nothing of any plan
    "admin.page": R("GET", "admin"),
    "admin.organisation": R("POST", "admin", changes="organisations"),
    "admin.new": R("GET", "admin"),
    "admin.invite": R("POST", "admin", changes="people invitations"),
    "admin.person": R("GET", "admin", "account"),
    "admin.deactivate": R("POST", "admin", "account", changes="people sign_ins"),
    "admin.reactivate": R("POST", "admin", "account closed", changes="people"),
    "admin.assign": R("POST", "admin", "account", changes="assignments"),
    "admin.unassign": R("POST", "admin", "account", changes="assignments"),
    "backups.page": R("GET", "admin", get="303"),
    "backups.begin": R("POST", "admin"),
    "crisis_lines.page": R("GET", "admin"),
}

LINKS = {
    # What a link opens to whoever holds it: still good, used up, taken back, run out, never made.
    "sign_in.link": {"good": 200, "used": 410, "over": 410, "unknown": 410},
    "proving.link": {"good": 200, "used": 410, "over": 410, "unknown": 410},
    "invitations.open": {"good": 200, "used": 410, "withdrawn": 410, "over": 410, "unknown": 404},
    "calendar_feeds.feed": {"good": 200, "closed": 404, "unknown": 404},
}


def may_enter(actor: str | None, route: Route) -> bool:
    """Whether the route is for people like this one at all; who is deactivated is a stranger."""
    if route.who == "anybody":
        return True
    if actor is None or gone(actor):
        return False
    return route.who == "signed in" or any(is_a(actor, role) for role in route.who.split(" or "))


def refusal(actor: str | None, method: str) -> int:
    """What somebody gets who may not: strangers are asked to sign in, all others find nothing there."""
    if actor is not None and not gone(actor):
        return 404
    return 303 if method == "GET" else 401
