"""The screens that must hold in every size and look, by who opens them; and what to ask of one that is open."""

from playwright.sync_api import Page

from tests.support.cast import Cast

SIDEWAYS = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const out = [...document.querySelectorAll("main *, header *, nav *")].filter((one) => {
    const box = one.getBoundingClientRect();
    const shown = box.width && one.checkVisibility() && !one.closest(".scroll, .hide, svg, .skip");
    return shown && (box.left < -1 || box.right > innerWidth + 1);
  });
  return wide > 0 || out.length ? [wide, ...out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120))] : [];
}"""
"""What reaches over an edge of the window. Tables may scroll in their frame; words for screen readers are nowhere."""

SMALL = """() => {
  const words = (one) => [...one.childNodes].some((part) => part.nodeType === 3 && part.textContent.trim());
  const inText = (one) => one.matches("a") && getComputedStyle(one).display === "inline" && words(one.parentElement);
  return [...document.querySelectorAll("a, button, summary, input, select, textarea")].filter((one) => {
    if (one.closest(".skip") || inText(one) || !one.checkVisibility({ visibilityProperty: true })) return false;
    const box = (one.closest("label") ?? one).getBoundingClientRect();
    return box.width && (box.height < 47.5 || box.width < 47.5);
  }).map((one) => one.outerHTML.slice(0, 160));
}"""
"""What a finger would miss: less than 48 px either way. Links inside a sentence are as high as it."""


SIGNING_IN = ("/settings/sign-in", "/settings/sign-in/app", "/settings/passkeys/new")


def client(cast: Cast) -> list[str]:
    own = ["/today", "/coping", "/coping/strategies/new", "/plan", "/plan/changes", "/plan/steps/new", "/progress"]
    own += ["/people", "/people/invite", "/people/looks", "/settings", "/reminders", "/pauses", "/agenda"]
    own += [f"/people/{cast.sam}/seen", *(f"/people/{cast.theo}/seen{page}" for page in ("", "/session", "/plan"))]
    own += ["/settings/privacy", "/settings/own-data"]
    return [*own, "/contacts/new", "/help-now", "/help-now/reasons", f"/steps/{cast.walk}?slot=", *SIGNING_IN]


def supporter(cast: Cast) -> list[str]:
    return ["/promises", "/settings", "/reminders"]


def care_team(cast: Cast) -> list[str]:
    record = f"/clients/{cast.clara}"
    of_one = [f"{record}/{page}" for page in ("before-session", "plan", "plan/steps/new", "plan/import", "sessions")]
    return ["/caseload", "/clients/new", *of_one]


def admin(cast: Cast) -> list[str]:
    return ["/admin", "/admin/people/new", f"/admin/people/{cast.clara}", "/crisis-lines", "/outbox"]


def stranger(cast: Cast) -> list[str]:
    return ["/sign-in", "/sign-in/link", "/help-now", "/styleguide"]


BY_ROLE = {"clara": client, "sam": supporter, "theo": care_team, "ada": admin, None: stranger}


def open_all(page: Page) -> None:
    """Open whatever opens, what lies inside it as well."""
    page.evaluate("() => { for (const one of document.querySelectorAll('main details')) one.open = true; }")
    page.wait_for_function("() => !document.querySelector('details[open] a.say')")


def large_text(page: Page) -> None:
    """Make the text twice as large, without the window growing narrower."""
    page.evaluate("() => { document.documentElement.style.fontSize = '32px'; }")


def mirrored(page: Page) -> None:
    """Read from the right."""
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
