"""The consent for what is about substance use: what somebody reads before they sign, and what is kept of it.

42 CFR 2.31(a) lists the elements, as the rule of 2024 left them: the patient, who discloses, what, to whom, what for,
the right to revoke and how, until when, the signature and its date; for treatment also that it may be passed on, and
that nothing hangs on signing. A consent for use in court is another one, which Cairn does not ask for.
"""

from webapp.domain.sharing import Consent
from webapp.queries.people import Member
from webapp.views import edge, formats
from webapp.views.grants import GrantForm
from webapp.views.translate import _


def elements(member: Member, organisation: str) -> list[tuple[str, str]]:
    """List what is signed, as (what it is, the words), but for what the client types or chooses."""
    made = _consent(member, organisation)
    return [
        (_("Whose records"), made.patient),
        (_("Who shows them"), made.discloser),
        (_("What is shown"), made.information),
        (_("Who sees it"), made.recipient),
        (_("How to stop sharing"), made.revocation),
        (_("Passing it on"), made.redisclosure),
        (_("If you do not sign"), made.refusal),
    ]


def signed(member: Member, organisation: str, form: GrantForm) -> Consent:
    """Put together what was signed."""
    until = form.until.data
    return _consent(
        member,
        organisation,
        purpose=form.purpose.data or "",
        expiration=_("Up to and including %(day)s.", day=formats.short_day(until, year=True)) if until else "",
        signature=form.signature.data or "",
    )


def open_end(member: Member) -> str:
    """Say when a consent ends that names no day: what the law calls an event."""
    names = {"client": edge.actor().called, "name": member.name}
    if member.kind == "supporter":
        return _("Until %(client)s stops it, or takes %(name)s out of the circle.", **names)
    return _("Until %(client)s stops it, or %(name)s no longer works with %(client)s.", **names)


def _consent(
    member: Member, organisation: str, purpose: str = "", expiration: str = "", signature: str = ""
) -> Consent:
    passed_on = _("%(name)s is asked not to pass it on. The law may not bind family and friends.", name=member.name)
    if member.kind == "care_team":
        passed_on = _(
            "It may be passed on where health privacy law (HIPAA) allows that, and then be less guarded. "
            "It may not be used against you in court, unless you agree or a judge orders it."
        )
    return Consent(
        patient=edge.actor().name,
        discloser=_("%(organisation)s, through Cairn", organisation=organisation),
        information=_(
            "What is about substance use: steps, goals, coping strategies, your history, what to talk about, and all "
            "else that is marked so. With the words beside them. Only of the kinds that you share as well."
        ),
        recipient=member.name,
        purpose=purpose or _("At the request of %(name)s.", name=edge.actor().called),
        revocation=_(
            "You can stop it here at any time, or in writing to %(organisation)s. What was seen stays seen.",
            organisation=organisation,
        ),
        expiration=expiration or open_end(member),
        redisclosure=passed_on,
        refusal=_("You get the same help if you do not sign."),
        signature=signature,
    )
