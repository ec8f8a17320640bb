"""The client's own reasons stand on Help now, and nowhere else."""

from tests.conftest import As
from tests.support.cast import Cast

WORDS = "My sister. The lilac in May."


def test_what_a_client_writes_on_a_good_day_stands_on_help_now(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    answer = clara.post("/help-now/reasons", data={"reasons": f"  {WORDS} "})
    assert answer.status_code == 303
    assert WORDS in clara.get("/help-now").text
    assert WORDS in clara.get("/help-now/reasons").text


def test_reasons_can_be_changed_and_taken_off(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    for words in (WORDS, "Biscuit", ""):
        clara.post("/help-now/reasons", data={"reasons": words})
    page = clara.get("/help-now").text
    assert WORDS not in page
    assert "Biscuit" not in page
    assert "Write down my reasons" in page


def test_too_much_is_said_beside_the_field_and_nothing_is_lost(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    answer = clara.post("/help-now/reasons", data={"reasons": "x" * 2001})
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    assert "longer than 2000 letters" in answer.text


def test_nobody_else_reads_them(browse: As, cast: Cast) -> None:
    browse(cast.clara).post("/help-now/reasons", data={"reasons": WORDS})
    for other in (None, cast.otto, cast.sam, cast.theo, cast.ada):
        assert WORDS not in browse(other).get("/help-now").text
    for path in ("before-session", "plan", "plan/information"):
        assert WORDS not in browse(cast.theo).get(f"/clients/{cast.clara}/{path}").text
