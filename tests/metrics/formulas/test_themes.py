"""When a word is a theme."""

import pytest

from metrics.formulas.themes import Occurrence


@pytest.mark.parametrize(
    ("comments", "of", "other", "other_of", "accounts", "expected"),
    [
        (3, 10, 0, 10, 2, True),
        (2, 10, 0, 10, 2, False),  # too few comments
        (3, 10, 0, 10, 1, False),  # one account
        (3, 10, 0, 0, 2, False),  # nothing to compare with
        (4, 10, 2, 10, 2, True),  # 40 % against 20 %: twice as often
        (4, 10, 3, 10, 2, False),
        (4, 20, 1, 10, 2, True),  # 20 % against 10 %
        (4, 21, 1, 10, 2, False),  # a hair less
        (10, 10, 10, 10, 9, False),  # in all comments of both sides
    ],
)
def test_a_theme_is_in_three_comments_of_two_accounts_and_twice_as_often(
    comments, of, other, other_of, accounts, expected
):
    assert Occurrence(comments, of, other, other_of, accounts).is_theme is expected
