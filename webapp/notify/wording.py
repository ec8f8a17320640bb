"""What reminders and notices say: neutral, so that nobody who sees one learns what somebody's plan is about.

Texts are gathered per language here and not in templates, because the jobs know no Flask.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

OURS = "Cairn"


@dataclass(frozen=True, slots=True)
class Text:
    """What one message says. `lead` leads up to a link, where one is shown; `neutral` is the body without anything
    of a plan in it, for channels that others might read.
    """

    title: str
    body: str
    footer: str = ""
    lead: str = ""
    neutral: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; `{step}` is filled in. `other_name` is Cairn's for whoever wants no questions."""

    other_name: str
    subject: str
    neutral: str
    plain: str
    lead: str
    turn_off: str
    test_subject: str
    test: str
    test_lead: str
    done: str
    later: str
    not_today: str
    notices: Mapping[str, Text]


_OTHER_MAILS_EN = "You choose which mails Cairn sends you: in Cairn under Settings, “Other mails”."

_OTHER_MAILS_ES = "Tú eliges qué correos te envía Cairn: en Cairn, en Ajustes, “Otros correos”."

LANGUAGES: Mapping[str, Words] = {
    "en": Words(
        other_name="Notes",
        subject="Cairn: you have something for today",
        neutral="You asked to be reminded of something today.",
        plain="You asked to be reminded of this today: {step}.",
        lead="You find it here:",
        turn_off="You choose when Cairn writes to you, and can turn it off there at any time.",
        test_subject="Cairn: this is a test message",
        test="Your reminders reach you here.",
        test_lead="You find them here:",
        done="Done",
        later="Later",
        not_today="Not today",
        notices={
            "sessions": Text(
                "Cairn: you have something for tomorrow",
                "You have sessions tomorrow.",
                _OTHER_MAILS_EN,
                "What your clients chose to share is ready:",
            ),
            "look_back": Text(
                "Cairn: a look back, if you like",
                "You asked for a look back once a week.",
                _OTHER_MAILS_EN,
                "Last week is here, for a quiet moment:",
            ),
            "review": Text(
                "Cairn: a day to look at things together is near",
                "It is nearly time to look at things together again.",
                _OTHER_MAILS_EN,
                "What it is about, you find here:",
            ),
            "ending": Text(
                "Cairn: something runs only a few days more",
                "Something that was set for a while runs only a few days more.",
                _OTHER_MAILS_EN,
                "It is marked here, and you can go on with it if you like:",
            ),
        },
    ),
    "es": Words(
        other_name="Notas",
        subject="Cairn: tienes algo para hoy",
        neutral="Pediste que te recordáramos algo hoy.",
        plain="Pediste que te recordáramos esto hoy: {step}.",
        lead="Lo encuentras aquí:",
        turn_off="Tú eliges cuándo te escribe Cairn, y allí puedes apagarlo cuando quieras.",
        test_subject="Cairn: este es un mensaje de prueba",
        test="Tus recordatorios te llegan aquí.",
        test_lead="Los encuentras aquí:",
        done="Hecho",
        later="Más tarde",
        not_today="Hoy no",
        notices={
            "sessions": Text(
                "Cairn: tienes algo para mañana",
                "Mañana tienes sesiones.",
                _OTHER_MAILS_ES,
                "Ya puedes ver lo que tus clientes quisieron compartir:",
            ),
            "look_back": Text(
                "Cairn: una mirada a tu semana, si quieres",
                "Pediste una mirada a tu semana, una vez por semana.",
                _OTHER_MAILS_ES,
                "La semana pasada está aquí, para un momento tranquilo:",
            ),
            "review": Text(
                "Cairn: pronto toca mirar las cosas otra vez",
                "Pronto toca mirar las cosas otra vez, entre todos.",
                _OTHER_MAILS_ES,
                "Aquí encuentras de qué se trata:",
            ),
            "ending": Text(
                "Cairn: algo sigue solo unos días más",
                "Algo que se acordó por un tiempo sigue solo unos días más.",
                _OTHER_MAILS_ES,
                "Está marcado aquí, y puedes seguir si quieres:",
            ),
        },
    ),
}


def reminder(language: str, step: str | None = None) -> Text:
    """Return what a reminder says. `step` are the step's words, only where their owner chose to have them in it."""
    words = _in(language)
    body = words.plain.format(step=step.rstrip(".!? ")) if step else words.neutral
    return Text(words.subject, body, words.turn_off, words.lead, words.neutral)


def by_other_name(text: Text, language: str) -> Text:
    """Say the same under Cairn's neutral name; the body, which may hold somebody's own words, is left as it is."""
    name = _in(language).other_name
    return replace(text, title=text.title.replace(OURS, name), footer=text.footer.replace(OURS, name))


def answers(language: str) -> tuple[tuple[str, str], ...]:
    """Return the names and labels of what can be said to a reminder."""
    words = _in(language)
    return (("done", words.done), ("later", words.later), ("not_today", words.not_today))


def test_message(language: str) -> Text:
    """Return what the test message says."""
    words = _in(language)
    return Text(words.test_subject, words.test, words.turn_off, words.test_lead, words.test)


def notice(language: str, kind: str) -> Text:
    """Return what a notice of this kind says: the same for everybody, so that it is neutral as it stands."""
    text = _in(language).notices[kind]
    return replace(text, neutral=text.body)


def _in(language: str) -> Words:
    return LANGUAGES.get(language, LANGUAGES["en"])
