"""John, who is on his way back to college with a rehab specialist at his side."""

from collections.abc import Mapping
from datetime import date

from webapp.domain.sharing import Scope
from webapp.services.demo.story import Client, Story


def tell(story: Story, therapist: int, hashes: Mapping[str, str]) -> None:
    john = Client(story, story.person("John Whitaker", "john@demo.example", hashes, is_client=True), therapist)
    john.plan(
        "Finish the degree I started, and sit in a lecture hall without counting the exits.",
        review_in=-4,
        born=date(2003, 1, 30),
        stage_of_change="preparation",
        reasons_for_living="My dog Biscuit. The version of me that finishes things.",
    )
    john.lines("strength", "writes well", "curious about how things work", "honest about bad days")
    john.lines("concern", "panic in full rooms", "nights turned into days")
    sam = john.member("Sam Ito", "professional", role="rehab specialist")
    college = john.goal("Return to college", "Back to class", importance=10, confidence=4, priority="high")
    sleep = john.goal("A day that starts in the morning", "Up before noon")
    campus = john.step(
        "Visit the campus and stay a little longer each time",
        college,
        own_words="Campus visit, one bench further",
        purpose="so that the place stops being frightening",
        cue="After my Tuesday coffee",
        smallest="Ride past on the bus",
        kind="target",
        target_min=1,
        per_unit="week",
    )
    john.record(campus, "..d.... .s..... ..d.... ....... ..d.... .d.....")
    john.check_in(
        campus, 9, "not_today", reason="no_longer_fits", note="Too loud that week. The library would be better."
    )
    form = john.step(
        "Send the form for readmission",
        college,
        smallest="Open the page",
        kind="once",
        due=story.ago(-9),
        valid_to=None,
    )
    john.check_in(form, 2, "some", note="Two pages of five")
    john.step(
        "Practice out and about: buses, queues, staying calm in a crowd",
        college,
        "professional",
        team_member_id=sam,
        purpose="so that college becomes possible again",
        kind="target",
        target_min=1,
        per_unit="week",
        minutes=60,
    )
    up = john.step(
        "Up by ten",
        sleep,
        own_words="Feet on the floor by ten",
        smallest="Sit up and open the blind",
        kind="target",
        target_min=5,
        per_unit="week",
        time_of_day="morning",
    )
    john.remind(up, "09:45")
    john.record(up, "d..d... d.d.d.. dd.d... .ddd.d. ddd.d.d d.ddd.. dd.", clock="10:02")
    dog = john.step("Take Biscuit out after breakfast", sleep, kind="ongoing", time_of_day="morning")
    john.record(dog, "d.dd.d. ddd.dd. dd.dddd", clock="10:40")
    john.sign("trigger", "full rooms", "unopened letters")
    john.sign("warning_sign", "awake past four", "not answering Sam")
    john.strategy(
        "Five things I can see, four I can touch",
        "early_signs",
        ((15, 8, 5, "yes"), (8, 9, 6, "yes"), (3, 7, 4, "yes")),
    )
    john.strategy("Sit on the floor with Biscuit", "everyday", ((6, 6, 2, "yes"), (1, 5, 2, "yes")))
    john.strategy("Ask Mum to come and sit with me, no talking", "crisis")
    john.contact("Mum", "mother", "+1 555 0129", emergency=True)
    john.contact("Sam Ito", "rehab specialist", "+1 555 0175")
    john.share(therapist, *(scope for scope in Scope if scope is not Scope.SUBSTANCE_USE))
    john.agenda("The form. I keep closing it.", 2)
    john.sessions((26, 12), ahead=2, clock="13:00")
