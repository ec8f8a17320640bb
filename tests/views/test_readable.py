"""What no database keeps is refused before a view meets it."""

import pytest

from tests.conftest import As
from tests.support.cast import Cast


@pytest.mark.parametrize("form", [{"text": "a\0b"}, {"a\0b": "text"}, {"text": ["well", "\0"]}], ids=str)
def test_a_nul_in_a_form_is_refused_with_a_sentence(cast: Cast, browse: As, form: dict[str, str]) -> None:
    answer = browse(cast.clara).post("/agenda", data=form)
    assert answer.status_code == 400
    assert "arrive whole" in answer.text


def test_a_nul_in_an_address_is_refused(cast: Cast, browse: As) -> None:
    assert browse(cast.clara).get("/agenda?a=%00").status_code == 400
