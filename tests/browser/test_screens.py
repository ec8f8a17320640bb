"""Every main screen by size, by finger, by keyboard, by large text, from the right, and with colours of one's own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import screens
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import ActionStep, CarePlan, Person

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
EVERYBODY = pytest.mark.parametrize("who", screens.BY_ROLE, ids=str)
Tour = Callable[..., Iterator[Page]]


@pytest.fixture
def tour(enter: Callable[..., Page], cast: Cast, database: Database) -> Tour:
    """tour(who, …) -> one page after the other of a role, open as far as it opens; keywords go to open_page."""
    with database.writing() as session:
        step = session.get_one(ActionStep, cast.walk)
        step.own_words = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente, und danach mit Bruno um den See"
        step.cue = "Cuando haya tomado el café de la mañana, salgo a caminar aunque solo sea hasta la esquina"
        session.get_one(Person, cast.sam).name = "María Guadalupe Hernández-Santamaría de la Cruz"

    def tour(who: str | None, **options: Any) -> Iterator[Page]:
        paths = screens.BY_ROLE[who](cast)
        page = enter(getattr(cast, who) if who else None, paths[0], **options)
        origin = page.url.removesuffix(paths[0])
        for path in paths:
            answer = page.goto(origin + path)
            assert answer is not None
            assert answer.status == 200, path
            screens.open_all(page)
            yield page

    return tour


@EVERYBODY
def test_a_finger_finds_everything_on_a_phone(tour: Tour, who: str | None) -> None:
    found = {page.url: (page.evaluate(screens.SMALL), page.evaluate(screens.SIDEWAYS)) for page in tour(who)}
    assert {url: told for url, told in found.items() if told != ([], [])} == {}


@EVERYBODY
def test_nothing_is_lost_at_four_times_the_size(tour: Tour, who: str | None) -> None:
    """A window of 1280 by 1024 at 400 % is one of 320 by 256."""
    found = {page.url: page.evaluate(screens.SIDEWAYS) for page in tour(who, width=320, height=256)}
    assert {url: told for url, told in found.items() if told} == {}


@EVERYBODY
def test_twice_as_large_text_stays_on_the_page(tour: Tour, who: str | None) -> None:
    found = {}
    for page in tour(who):
        screens.large_text(page)
        found[page.url] = page.evaluate(screens.SIDEWAYS)
    assert {url: told for url, told in found.items() if told} == {}


@EVERYBODY
def test_every_screen_can_be_read_from_the_right(tour: Tour, who: str | None) -> None:
    found = {}
    for width in (360, 1280):
        for page in tour(who, width=width):
            screens.mirrored(page)
            found[page.url] = page.evaluate(screens.SIDEWAYS)
            for name in page.locator(".back .flip").all()[:1]:
                assert name.evaluate("one => getComputedStyle(one).scale") == "-1 1"
    assert {url: told for url, told in found.items() if told} == {}


OUTLINE = """() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true });
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(seen).map((one) => +one.tagName[1]);
  const jumps = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
  const fields = [...document.querySelectorAll("input, select, textarea")].filter(seen);
  const nameless = fields.filter((one) => !one.labels?.length && !one.ariaLabel);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  const lost = [...document.querySelectorAll("[aria-describedby]")].flatMap((one) =>
    one.getAttribute("aria-describedby").split(" ").filter((id) => !document.getElementById(id)));
  return {
    levels: levels.filter((level) => level === 1).length === 1 && !jumps.length ? [] : levels,
    nameless: nameless.map((one) => one.outerHTML), twice, lost,
    mains: document.querySelectorAll("main").length,
    navs: [...document.querySelectorAll("nav")].filter((one) => !one.ariaLabel).length,
  };
}"""


@EVERYBODY
def test_headings_labels_and_landmarks_are_in_order(tour: Tour, who: str | None) -> None:
    well = {"levels": [], "nameless": [], "twice": [], "lost": [], "mains": 1, "navs": 0}
    found = {page.url: page.evaluate(OUTLINE) for page in tour(who)}
    assert {url: told for url, told in found.items() if told != well} == {}


@EVERYBODY
def test_help_now_stands_in_the_same_place_on_every_screen(tour: Tour, who: str | None) -> None:
    places = set()
    for page in tour(who):
        if not page.url.endswith("/help-now"):
            box = page.get_by_role("link", name="Help now", exact=True).first.bounding_box()
            assert box is not None
            places.add((round(box["x"]), round(box["y"])))
    assert len(places) == 1


@pytest.mark.parametrize("path", ["/today", "/coping", "/plan", "/progress", "/people"])
def test_the_bar_says_where_one_is(enter: Callable[..., Page], cast: Cast, path: str) -> None:
    page = enter(cast.clara, path)
    expect(page.locator(".bar [aria-current=page]")).to_have_count(1)
    assert (page.locator(".bar [aria-current=page]").get_attribute("href") or "") == path


HIDDEN = """() => {
  const one = document.activeElement;
  const whole = one.closest("label") ?? one;
  const box = whole.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 24));
  return at && !whole.contains(at) && at.closest(".bar, .top") ? one.outerHTML.slice(0, 100) : "";
}"""


@pytest.mark.parametrize("path", ["/today", "/plan/steps/new", "/people", "/reminders"])
def test_what_has_the_focus_is_never_under_the_bar(enter: Callable[..., Page], cast: Cast, path: str) -> None:
    page = enter(cast.clara, path)
    screens.open_all(page)
    for key in ("Tab", "Shift+Tab"):
        for _ in range(60):
            page.keyboard.press(key)
            assert page.evaluate(HIDDEN) == ""


MOVING = """() => [...document.querySelectorAll("*")].flatMap((one) => ["", "::before"].map((part) => {
  const style = getComputedStyle(one, part || null);
  return [style.animationName, style.animationDuration, style.transitionDuration];
})).filter(([name, , long]) => name !== "none" || long.split(", ").some((each) => parseFloat(each) > 0))
  .map((told) => told.join(" "))"""


def test_nothing_moves_for_who_asked_for_that(enter: Callable[..., Page], cast: Cast) -> None:
    for wish, moves in (("reduce", False), ("no-preference", True)):
        page = enter(cast.clara, "/today", reduced_motion=wish)
        assert bool(page.evaluate(MOVING)) is moves
        page.get_by_role("button", name="Done: Take the morning pills").tap()
        card = page.locator(f"#step-{cast.pills}-0800")
        expect(card).to_have_class("step is-done")
        assert ("warm" in str(page.evaluate(MOVING))) is moves
        page.wait_for_timeout(1000)  # app.js takes two taps within a second for one
        page.get_by_role("button", name="Take back: Take the morning pills").tap()
        expect(card).to_have_class("step is-open")


def test_what_is_done_can_be_told_in_colours_of_ones_own(enter: Callable[..., Page], cast: Cast) -> None:
    page = enter(cast.clara, "/today", forced_colors="active")
    fill = "one => getComputedStyle(one, '::before').backgroundColor"
    before = page.locator(f"#tick-step-{cast.pills}-0800").evaluate(fill)
    page.get_by_role("button", name="Done: Take the morning pills").tap()
    expect(page.locator(f"#step-{cast.pills}-0800")).to_have_class("step is-done")
    assert page.locator(f"#tick-step-{cast.pills}-0800").evaluate(fill) != before
    assert page.locator(".help-now").evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"
    current = page.locator(".bar [aria-current]")
    assert "underline" in current.evaluate("one => getComputedStyle(one).textDecorationLine")


def test_an_empty_day_says_what_the_place_is_for(enter: Callable[..., Page], cast: Cast, database: Database) -> None:
    with database.writing() as session:
        for step in session.query(ActionStep).filter_by(client_id=cast.clara):
            step.status = "retired"
        assert session.get(CarePlan, cast.plan) is not None
    page = enter(cast.clara, "/today")
    expect(page.locator(".empty")).to_contain_text("This is where your steps will stand when they are due.")
    page.get_by_role("link", name="See your plan").click()
    expect(page).to_have_url(page.url.split("/plan")[0] + "/plan")
