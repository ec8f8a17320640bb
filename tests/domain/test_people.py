"""What an e-mail address looks like, and what an actor is."""

import pytest

from webapp.domain.people import by_name, is_address


@pytest.mark.parametrize("text", ["clara@example.test", "c.reyes+cairn@mail.example.test", "josé@example.test"])
def test_an_address_is_taken_as_people_write_them(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text", ["", "clara", "clara@", "@example.test", "cl ara@example.test", "a@b.test, c@d.test", "x" * 400 + "@a.test"]
)
def test_what_is_no_single_address_is_refused(text: str) -> None:
    assert not is_address(text)


def test_names_stand_in_the_order_a_reader_expects_whatever_their_letters() -> None:
    assert sorted(["Zoe", "Émile", "adam", "Eva", "Ada"], key=by_name) == ["Ada", "adam", "Émile", "Eva", "Zoe"]
