"""When a word counts as a theme: it occurs notably more often on one side than on the other."""

from __future__ import annotations

from dataclasses import dataclass

# A theme is in so many comments at least, of so many accounts, and so many times as often as on the other side.
COMMENTS, ACCOUNTS, TIMES = 3, 2, 2


@dataclass(frozen=True)
class Occurrence:
    """In how many of all comments of a side a word occurs, and in how many of the other side's."""

    comments: int
    of: int
    other: int
    other_of: int
    accounts: int

    @property
    def is_theme(self) -> bool:
        """Whether it occurs notably more often on this side: its share of the comments is twice that of the other, or
        more. Without a comment on the other side there is nothing to compare with."""
        if self.comments < COMMENTS or self.accounts < ACCOUNTS or not self.other_of:
            return False
        return self.comments * self.other_of >= TIMES * self.other * self.of
