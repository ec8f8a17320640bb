"""Joe, who plays pick-up basketball against the stress, and keeps most of it to himself."""

from collections.abc import Mapping
from datetime import date

from webapp.domain.sharing import Scope
from webapp.services.demo.story import Client, Story


def tell(story: Story, therapist: int, hashes: Mapping[str, str]) -> None:
    joe = Client(story, story.person("Joe Marquez", "joe@demo.example", hashes, is_client=True), therapist)
    joe.plan(
        "To coach the little league, calm enough that the kids want me there.",
        review_in=30,
        born=date(1988, 9, 21),
        stage_of_change="action",
        reasons_for_living="Lucía. The look on the kids' faces when one goes in.",
    )
    joe.lines("strength", "team player", "strong and likes to move", "turns up for others")
    joe.lines("concern", "anger that comes fast", "stress at work", "drinking after late shifts")
    temper = joe.goal("Manage anger without losing people", "Keep my cool, keep my friends", importance=8, confidence=7)
    sober = joe.goal("Three evenings a week without alcohol", "Clear evenings", substance_use=True)
    ball = joe.step(
        "Basketball at the neighbourhood court twice a week or more, to work off stress",
        temper,
        own_words="Pick-up game at the court",
        purpose="to get the stress out through my legs",
        cue="When I change out of my work shirt, the ball is by the door",
        smallest="Ten free throws",
        kind="target",
        target_min=2,
        per_unit="week",
        minutes=45,
        time_of_day="evening",
    )
    joe.record(ball, "d...d.. ...d..d d..s... .d..d.. d...... .d.d..d d..", clock="19:40")
    joe.remind(ball, "18:15")
    joe.check_in(ball, 8, "not_today", reason="no_ride", note="Truck in the shop")
    pause = joe.step(
        "Notice the heat early and step outside for five minutes",
        temper,
        own_words="Step outside before it boils",
        kind="as_needed",
        smallest="Three breaths at the door",
    )
    joe.record(pause, "..d.... ....d.d ....... .d..... ...d..d")
    evening = joe.step(
        "An evening without a drink, three times a week",
        sober,
        own_words="Clear evening",
        substance_use=True,
        kind="target",
        target_min=3,
        per_unit="week",
        time_of_day="evening",
    )
    joe.record(evening, "d.d.d.. dd..d.. .d.d... d.dd.d. dd.d.", clock="22:30")
    worker = joe.member("Dana Whitlock", "professional", role="anger management group leader")
    joe.step(
        "Anger management group",
        temper,
        "professional",
        team_member_id=worker,
        purpose="learning to see it coming",
        kind="target",
        bound="exactly",
        target_min=1,
        per_unit="week",
        minutes=90,
    )
    joe.sign("trigger", "being talked over", "the late shift", "traffic")
    joe.sign("warning_sign", "jaw tight", "slamming doors")
    joe.strategy("Cold water on my wrists", "early_signs", ((10, 7, 5, "yes"), (3, 8, 6, "a_little")))
    joe.strategy("Walk round the block, no phone", "everyday", ((13, 6, 3, "yes"),))
    joe.strategy("Ring Marcus from the team", "crisis")
    joe.contact("Marcus", "team mate", "+1 555 0163")
    joe.share(therapist, Scope.PLAN, Scope.STEPS)
    joe.sessions((35, 21), ahead=4, clock="17:00")
