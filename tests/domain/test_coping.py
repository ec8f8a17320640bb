"""What helped this person comes first; one lucky use does not."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.coping import Use, help_order, help_score, told

numbers = st.none() | st.integers(0, 10)
uses = st.builds(Use, numbers, numbers, st.sampled_from([None, "yes", "a_little", "no"]))
many = st.lists(uses, max_size=30)


def test_one_drop_of_eight_stands_behind_ten_drops_of_four() -> None:
    lucky, steady = [Use(9, 1)], [Use(7, 3)] * 10
    assert help_score(lucky) == 8 / 4
    assert help_score(steady) == 40 / 13
    assert help_order(steady, 1) < help_order(lucky, 0)


def test_an_untried_strategy_stands_above_one_that_made_it_worse() -> None:
    assert help_order([], 9) < help_order([Use(3, 8)], 0)


def test_words_count_where_the_numbers_are_missing() -> None:
    assert help_score([Use(7, None, "yes")]) == 2 / 4
    assert help_score([Use(None, None, "a_little")]) == 1 / 4
    assert help_score([Use(None, None, "no")]) == 0


def test_numbers_win_over_words() -> None:
    assert help_score([Use(5, 5, "yes")]) == 0


def test_a_use_that_says_nothing_counts_only_as_a_use() -> None:
    assert help_score([Use(), Use(4, None)]) == 0
    assert help_order([Use()], 5) < help_order([], 0)


def test_equal_strategies_keep_the_order_of_the_plan() -> None:
    assert help_order([], 0) < help_order([], 1)


@given(many, st.integers(0, 10), st.integers(0, 10))
def test_one_more_use_that_helped_more_than_before_never_lowers_the_score(
    before: list[Use], high: int, low: int
) -> None:
    one = Use(max(high, low), min(high, low))
    if (one.drop or 0) >= help_score(before):
        assert help_score([*before, one]) >= help_score(before)


@given(many)
def test_the_order_of_uses_is_irrelevant(found: list[Use]) -> None:
    assert help_score(found) == help_score(sorted(found, key=repr))


def test_uses_are_told_in_means_over_those_with_both_numbers() -> None:
    found = told([Use(8, 4, "yes"), Use(6, 5, "a_little"), Use(9, None, "no"), Use()])
    assert (found.uses, found.helped, found.measured, found.before, found.after) == (4, 2, 2, 7.0, 4.5)


def test_without_numbers_there_are_no_means() -> None:
    found = told([Use(None, 3, "yes")])
    assert (found.uses, found.measured, found.before, found.after) == (1, 0, None, None)
