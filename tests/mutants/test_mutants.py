"""Every fourth mistake of the catalogue is made here and noticed; `make mutants` makes them all."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import caught_by, copied
from tests.mutants.catalogue import MUTANTS, Mutant

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("mutants") / "copy")


@pytest.mark.parametrize("mutant", MUTANTS[::4], ids=lambda one: one.name)
def test_a_mistake_in_the_rules_of_access_is_noticed(copy: Path, mutant: Mutant) -> None:
    assert caught_by(copy, mutant)
