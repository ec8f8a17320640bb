"""Which lines a country has, and what a tap on one does."""

import pytest

from webapp.domain.crisis_lines import Channel, CrisisLine, lines_for


def line(name: str, country: str, emergency: bool = False, confirmed: bool = False) -> CrisisLine:
    return CrisisLine(name, country, name, "what", (), emergency=emergency, confirmed=confirmed)


ALL = (
    line("us", "US"),
    line("us-911", "US", emergency=True),
    line("gb", "GB"),
    line("england", "GB-ENG"),
    line("wales", "GB-WLS"),
    line("gb-999", "GB", emergency=True),
    line("ie", "IE"),
    line("eu-112", "EU", emergency=True),
    line("eu-support", "EU"),
)


@pytest.mark.parametrize(
    ("country", "emergency", "names"),
    [
        ("US", "us-911", ["us"]),
        ("us ", "us-911", ["us"]),
        ("GB", "gb-999", ["gb", "england", "wales"]),
        ("GB-ENG", "gb-999", ["gb", "england"]),
        ("GB-SCT", "gb-999", ["gb"]),
        ("IE", "eu-112", ["ie"]),
        ("DE", "eu-112", []),
        ("EU", "eu-112", []),
        ("BR", None, []),
        ("", None, []),
    ],
)
def test_each_country_has_its_own_lines(country: str, emergency: str | None, names: list[str]) -> None:
    found = lines_for(country, ALL)
    assert (found.emergency.id if found.emergency else None) == emergency
    assert [one.id for one in found.lines] == names
    assert found.known == bool(emergency or names)


def test_a_line_of_the_union_is_shown_once_a_person_has_confirmed_it() -> None:
    confirmed = (*ALL, line("eu-checked", "EU", confirmed=True))
    assert [one.id for one in lines_for("DE", confirmed).lines] == ["eu-checked"]
    assert [one.id for one in lines_for("IE", confirmed).lines] == ["ie"]


@pytest.mark.parametrize(
    ("channel", "href"),
    [
        (Channel("tel", "1-800-662-4357", ""), "tel:18006624357"),
        (Channel("tel", "988", "", keys="1"), "tel:988,1"),
        (Channel("tel", "988", "", keys="x"), "tel:988"),
        (Channel("tel", "+44 116 123", ""), "tel:+44116123"),
        (Channel("tty", "1-800-487-4889", ""), "tel:18004874889"),
        (Channel("sms", "741741", ""), "sms:741741"),
        (Channel("sms", "741741", "", body="HI & bye"), "sms:741741?body=HI%20%26%20bye"),
        (Channel("chat", "https://help.example.test/chat", ""), "https://help.example.test/chat"),
        (Channel("chat", "http://help.example.test/chat", ""), None),
        (Channel("chat", "javascript:alert(1)", ""), None),
        (Channel("tel", "none", ""), None),
    ],
)
def test_a_tap_calls_texts_or_opens_a_chat_and_nothing_else(channel: Channel, href: str | None) -> None:
    assert channel.href == href
