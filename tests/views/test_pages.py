"""What every page carries: who it is for, without saying who, and a name for each tap."""

import re
from dataclasses import replace

import pytest
from flask import Flask

from tests.conftest import As
from tests.support.cast import Cast
from webapp.config import Config
from webapp.domain.check_ins import op_id_of

USER = re.compile(r'<body[^>]* data-user="([^"]*)"')
TAP = re.compile(r"<form[^>]*\sdata-op\b.*?</form>", re.S)
OP_ID = re.compile(r'name="op_id" value="([^"]*)"')


def user_of(page: str) -> str:
    found = USER.search(page)
    assert found is not None
    return found[1]


def test_a_page_names_who_it_is_for_without_telling_who(browse: As, cast: Cast) -> None:
    hers = [user_of(browse(cast.clara).get(path).text) for path in ("/today", "/coping")]
    his = user_of(browse(cast.sam).get("/promises").text)
    assert hers[0] == hers[1] != ""
    assert hers[0] != his
    assert str(cast.clara) != hers[0]
    assert "clara" not in hers[0].lower()


def test_a_page_for_nobody_names_nobody(browse: As) -> None:
    assert user_of(browse(None).get("/sign-in").text) == ""


@pytest.mark.parametrize("path", ["/today", "/coping", "/styleguide"])
def test_every_tap_has_a_name_of_its_own_without_script(browse: As, cast: Cast, path: str) -> None:
    page = browse(cast.clara).get(path).text
    names = [OP_ID.findall(form) for form in TAP.findall(page)]
    assert names
    assert all(len(found) == 1 and op_id_of(found[0]) for found in names)
    assert len({found[0] for found in names}) == len(names)


def test_the_style_guide_is_not_for_production(browse: As, app: Flask, config: Config) -> None:
    assert browse(None).get("/styleguide").status_code == 200
    app.extensions["cairn.config"] = replace(config, mode="production")
    assert browse(None).get("/styleguide").status_code == 404
