"""What messages say: neutral unless the person chose otherwise, and neutral for channels that others might read."""

import re

import pytest

from webapp.domain.notices import NoticeKind
from webapp.notify import wording
from webapp.notify.wording import LANGUAGES

TELLING = re.compile(
    r"recover|therap|health|substance|drink|drug|crisis|coping|medic|pill|plan\b|patient|diagnos|treat|miss|fail",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_a_steps_words_stand_in_the_body_only_and_only_where_they_were_asked_for(language: str) -> None:
    plain, neutral = wording.reminder(language, "Ring my sponsor."), wording.reminder(language)
    assert plain.body.count("Ring my sponsor") == 1
    assert "sponsor." not in plain.body.removesuffix("sponsor.")
    assert "sponsor" not in plain.title + plain.neutral + plain.lead + plain.footer
    assert neutral.body == neutral.neutral == plain.neutral


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_test_message_is_neutral_as_it_stands(language: str) -> None:
    said = wording.test_message(language)
    assert said.neutral == said.body
    assert said.lead


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_says_where_to_look_and_where_to_turn_it_off_and_nothing_of_anybody(language: str, kind: str) -> None:
    text = wording.notice(language, kind)
    assert text.title.startswith("Cairn: ")
    assert text.neutral == text.body
    assert text.lead.endswith(":")  # the link follows
    assert text.footer
    assert not TELLING.search(f"{text.title} {text.body} {text.lead} {text.footer}")
    assert len(text.title) < 60


def test_every_kind_says_something_of_its_own() -> None:
    assert len({wording.notice("en", kind).title for kind in NoticeKind}) == len(NoticeKind)


def test_a_language_that_is_not_there_is_english() -> None:
    assert wording.notice("xx", NoticeKind.REVIEW) == wording.notice("en", NoticeKind.REVIEW)
