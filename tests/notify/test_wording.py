"""What messages say: enough to know what to do, and nothing that tells what somebody's plan is about."""

import re

import pytest

from webapp.domain.notices import NoticeKind
from webapp.notify import wording
from webapp.notify.wording import LANGUAGES

TELLING = re.compile(
    r"recover|therap|health|substance|drink|drug|crisis|coping|medic|pill|plan\b|patient|diagnos|treat|miss|fail",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_says_where_to_look_and_where_to_turn_it_off_and_nothing_of_anybody(language: str, kind: str) -> None:
    text = wording.notice(language, kind)
    assert text.title.startswith("Cairn: ")
    assert text.body.endswith(":")  # the link follows
    assert text.footer
    assert not TELLING.search(f"{text.title} {text.body} {text.footer}")
    assert len(text.title) < 60


def test_every_kind_says_something_of_its_own() -> None:
    assert len({wording.notice("en", kind).title for kind in NoticeKind}) == len(NoticeKind)


def test_a_language_that_is_not_there_is_english() -> None:
    assert wording.notice("xx", NoticeKind.REVIEW) == wording.notice("en", NoticeKind.REVIEW)
