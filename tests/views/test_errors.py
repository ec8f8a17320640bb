"""What went wrong is said in plain words, and a card that asked stays as it was."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import As
from tests.support.cast import Cast


def test_a_page_that_is_not_there_says_so_with_a_way_on(cast: Cast, browse: As) -> None:
    for browser in (browse(None), browse(cast.clara)):
        response = browser.get("/nowhere/at-all")
        assert response.status_code == 404
        assert "Nothing here" in response.text
        assert "at-all" not in response.text
        assert "/help-now" in response.text


def test_htmx_gets_a_message_and_no_page(cast: Cast, browse: As) -> None:
    response = browse(cast.clara).post("/nowhere", headers={"HX-Request": "true"})
    assert response.status_code == 404
    assert "<html" not in response.text
    assert "Nothing here" in response.text
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == ("#messages", "innerHTML")


def test_whoever_was_signed_out_is_told_why_and_offered_the_way_back(browse: As) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = browse(None).post("/settings", headers=headers)
        assert response.status_code == 401
        assert "to keep this private" in response.text
        assert "/sign-in" in response.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_method_nobody_offers_is_refused(cast: Cast, browse: As, method: str) -> None:
    response = browse(cast.clara).open("/settings", method=method)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_our_own_trouble_is_called_our_own(app: Flask, cast: Cast, browse: As, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    app.testing = False
    browser: FlaskClient = browse(cast.clara)
    monkeypatch.setitem(app.view_functions, "settings.page", broken)
    response = browser.get("/settings")
    assert response.status_code == 500
    assert "on our side" in response.text
    assert "secret detail" not in response.text


def test_the_worker_is_told_in_a_sentence_whatever_went_wrong(
    app: Flask, cast: Cast, browse: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    app.testing = False
    monkeypatch.setitem(app.view_functions, "bad_days.begin", broken)
    clara, worker = browse(cast.clara), {"Accept": "application/json"}
    asked = {
        401: browse(None).post("/bad-day", headers=worker),
        404: clara.post("/check-ins/999/undo", headers=worker),
        405: clara.post("/today", headers=worker),
        500: clara.post("/bad-day", headers=worker),
    }
    for code, answer in asked.items():
        assert answer.status_code == code
        assert answer.get_json()["ok"] is False
        assert answer.get_json()["said"].endswith(".")
        assert "secret" not in answer.text


def test_too_much_at_once_is_said_to_be_too_much(cast: Cast, browse: As) -> None:
    response = browse(cast.clara).post("/settings", data={"called": "x" * (3 * 1024 * 1024)})
    assert response.status_code == 413
    assert "too much" in response.text
