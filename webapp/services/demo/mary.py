"""Mary, who found her voice again in the senior choir, and her sister Edythe, who drives her there."""

from collections.abc import Mapping
from datetime import date, time

from webapp.domain.sharing import Scope
from webapp.services.demo.story import Client, Story

NIGHT = {"quiet_from": time(22), "quiet_to": time(7)}


def tell(story: Story, therapist: int, hashes: Mapping[str, str]) -> None:
    mary = Client(story, story.person("Mary Alder", "mary@demo.example", hashes, is_client=True, **NIGHT), therapist)
    edythe = story.person("Edythe Alder", "edythe@demo.example", hashes, is_supporter=True, **NIGHT)
    mary.plan(
        "To have people to sing with, and a calendar that is not empty.",
        review_in=12,
        born=date(1953, 4, 9),
        stage_of_change="action",
        cultural_preferences="Church on Sundays matters; no appointments then.",
        reasons_for_living="My sister. The altos. Seeing the lilac bloom again.",
    )
    mary.lines("strength", "knows every hymn by heart", "keeps a promise once it is made", "good company")
    mary.lines("preference", "mornings rather than evenings", "would rather be telephoned than texted")
    mary.lines("concern", "low mood since her husband died", "days go by without talking to anyone")
    mary.lines("review", "every six weeks, together")
    sister = mary.member("Edythe Alder", "natural_supporter", edythe, relation="sister")
    lee = mary.member("Dr. Amara Lee", "professional", role="psychiatrist")
    ruth = mary.member("Ruth Okafor", "professional", therapist, role="psychotherapist")
    company = mary.goal("Fewer days alone", "Be among people again, and sing", importance=9, confidence=6)
    rest = mary.goal("Feel rested", "Wake up without dread", importance=7, confidence=5)

    sing = mary.step(
        "Her sister Edythe drives Mary to choir practice once a week",
        company,
        "natural_supporter",
        own_words="Edythe drives me to choir",
        team_member_id=sister,
        purpose="to be among people who are glad to see me",
        kind="fixed",
        bound="exactly",
        per_unit="week",
        weekdays=[story.today.weekday()],
        times=["14:00"],
    )
    _choir(mary, sing, edythe)
    hum = mary.step(
        "Practise the choir songs at home at least three times a week",
        company,
        own_words="Sing through my part",
        purpose="so that I can look at the others instead of at the paper",
        cue="When the kettle is on, I put the tape in",
        how_to="The tape is in the kitchen drawer. Ten minutes is plenty.",
        smallest="Hum one verse while the kettle boils",
        kind="target",
        target_min=3,
        per_unit="week",
        minutes=10,
        time_of_day="morning",
    )
    mary.record(hum, ".d.d.d. d..s..d .d..... d.d.d.. dd..d.. .s.d..d d.d" + _rest(story, "..d...d"), clock="09:15")
    gather = mary.step(
        "Ask people she knows what the town offers at her age",
        company,
        own_words="Ask around what there is for people my age",
        purpose="to find one more thing a week to leave the house for",
        smallest="Ask one person",
        kind="target",
        target_min=1,
        per_unit="week",
    )
    mary.record(gather, "....d.. ......d ....... ...s... ..d.... ....... ." + _rest(story, "d......"))
    walk = mary.step(
        "Walk in the morning light",
        rest,
        own_words="Walk round the pond",
        purpose="to sleep better",
        cue="When I have washed my cup",
        smallest="Stand on the porch for a minute",
        kind="target",
        target_min=4,
        per_unit="week",
        minutes=20,
        time_of_day="morning",
    )
    mary.record(walk, "d.d.d.. dd..d.d .d.d... ..d.d.d d.dd..d dd.d... d.d" + _rest(story, ".d.dd.."), clock="08:05")
    mary.check_in(walk, 6, "not_today", reason="unwell", note="My knee. Did the porch instead, in my coat.")
    tablet = mary.step(
        "Take the evening tablet",
        rest,
        how_to="In the blue box by the bed.",
        kind="fixed",
        bound="exactly",
        per_unit="day",
        times=["20:00"],
        time_of_day="evening",
    )
    mary.record(tablet, "ddddddd dddd.dd ddddddd dd.dddd ddddddd d.d", clock="20:10", slot="20:00")
    mary.check_in(tablet, 2, "done", clock="19:40", slot="20:00")
    mary.step(
        "Medication visit for thirty minutes",
        rest,
        "professional",
        team_member_id=lee,
        purpose="so that being among people gets easier",
        kind="target",
        bound="exactly",
        target_min=1,
        per_unit="month",
        minutes=30,
    )
    mary.step(
        "Talking therapy",
        company,
        "professional",
        team_member_id=ruth,
        purpose="grief, and the way back among people",
        kind="target",
        bound="exactly",
        target_min=1,
        per_unit="week",
        interval=2,
        minutes=50,
    )
    _helps(mary)
    mary.supporter(edythe, "sister")
    mary.promise(sing, edythe, "Of course. I wanted to hear them anyway.")
    mary.remind(tablet, "20:00")
    mary.remind(hum, "09:00")
    mary.remind(sing, "12:30", person_id=edythe)
    mary.reminded(tablet, 12)
    mary.reminded(hum, 9)
    mary.share(therapist, *(scope for scope in Scope if scope is not Scope.SUBSTANCE_USE))
    mary.share(edythe, Scope.STEPS)
    mary.agenda("The anniversary is coming up. I would like to plan that day.", 3)
    mary.agenda("Could I sing a solo? It frightens me and I want to.", 1)
    mary.sessions((42, 28, 14), ahead=1, clock="10:30")


def _rest(story: Story, days: str) -> str:
    """A pattern's last days, cut so that it ends yesterday whatever weekday that is."""
    return days[: max(story.today.weekday(), 1)]


def _choir(mary: Client, sing: int, edythe: int) -> None:
    """Five of the weekday the demo falls on: four rides, one that moved. Today's is still to come."""
    for weeks in range(1, 6):
        days_ago = 7 * weeks
        if weeks == 3:
            moved = mary.story.ago(days_ago - 2)
            mary.check_in(sing, days_ago, "not_today", edythe, note="Car at the garage", moved_to=moved)
            mary.check_in(sing, days_ago - 2, "done", edythe)
            continue
        mary.check_in(sing, days_ago, "done", edythe, slot="14:00")
        if weeks != 4:
            mary.check_in(sing, days_ago, "done", slot="14:00", note="Sang the descant!" if weeks == 1 else None)


def _helps(mary: Client) -> None:
    mary.sign("trigger", "Sunday afternoons", "his chair", "a day with nothing in the calendar")
    mary.sign("warning_sign", "not opening the curtains", "letting the telephone ring")
    mary.strategy(
        "Put on the Fauré and sing the alto line",
        "early_signs",
        ((9, 7, 4, "yes"), (5, 6, 3, "yes"), (2, 6, 4, "yes")),
        how_to="The record is at the front. Standing up helps.",
    )
    mary.strategy("Ring Edythe and ask about her garden", "early_signs", ((11, 8, 5, "yes"), (4, 7, 6, "a_little")))
    mary.strategy("Slow breathing with the long candle", "everyday", ((12, 5, 4, "a_little"),))
    mary.strategy("Water the geraniums", "everyday")
    mary.strategy("Go to Edythe's, with my coat over my nightdress if need be", "crisis")
    mary.contact("Edythe", "sister", "+1 555 0142", emergency=True)
    mary.contact("Pastor Lindgren", "pastor", "+1 555 0188")
