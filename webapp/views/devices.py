"""Name a device for its owner's eyes, from what its browser says of itself."""

from webapp.views.translate import _

SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
# Browsers name others beside themselves: the more particular one first.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)

PHONES = ("iPhone", "Android")


def device_name(agent: str) -> str:
    """Return "Firefox, Android", or what is known of it; empty when nothing is."""
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name)


def is_phone(name: str | None) -> bool:
    """Tell whether a device, by its name, is one that people carry."""
    return any(mark in (name or "") for mark in PHONES)


def turn_on_words(name: str | None) -> str:
    """Say what turning reminders on here means, by the name of the device in hand."""
    if is_phone(name):
        return _("Turn on reminders on this phone")
    tablet = "iPad" in (name or "")
    return _("Turn on reminders on this tablet") if tablet else _("Turn on reminders on this computer")


def device_words(name: str | None) -> str:
    """Say in two words what kind of device it is."""
    if is_phone(name):
        return _("your phone")
    return _("your tablet") if "iPad" in (name or "") else _("your computer") if name else _("your device")
