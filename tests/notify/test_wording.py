"""What messages say: neutral unless the person chose otherwise, and neutral for channels that others might read."""

import pytest

from webapp.notify import wording
from webapp.notify.wording import LANGUAGES, Text


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


def test_a_notice_is_neutral_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES["en"].notices, "kind", Text("Cairn: a title", "Something is due."))  # type: ignore[arg-type]
    said = wording.notice("en", "kind")
    assert (said.body, said.neutral) == ("Something is due.", "Something is due.")
