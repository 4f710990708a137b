"""Who left, and when: of each account and day, the first notice or churn after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from django.db.models import Max, OuterRef, Subquery

from accounts.models import Churn, Purchase, Subscription, Workspace
from metrics.formulas.scoring import Ints
from metrics.kpis.ledger import FOREVER, Ledger
from metrics.measures.money import PAID
from metrics.models import AccountDay

NEVER = FOREVER.toordinal()
BEFORE = 0


class Notice(NamedTuple):
    """That a customer said on a day that it will leave, by another; who is still there on that day has not left."""

    day: date
    until: date


@dataclass(frozen=True)
class Outcomes:
    """When the accounts of a workspace left, as known at the end of a day."""

    workspace: Workspace
    known: date

    def of(self, accounts: Ints, days: Ints) -> Ints:
        """For pairs of an account (id) and a day (ordinal) on which it was seen as a customer: the ordinal of the
        notice or the churn that ends this, whichever comes first. NEVER: none is known; BEFORE: as is known by now it
        had left already."""
        pairs = zip(accounts.tolist(), days.tolist(), strict=True)
        return np.array([self._of(account, date.fromordinal(day)) for account, day in pairs], dtype=np.int64)

    def _of(self, account: int, day: date) -> int:
        for span in self._ledger.customers.get(account, ()):
            if span.start <= day < span.end:
                notices = self._notices.get(account, ())
                said = [each.day for each in notices if each.day >= span.start and each.until > day]
                return min([span.end, *said]).toordinal()
        return BEFORE

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.workspace, self.known)

    @cached_property
    def _notices(self) -> dict[int, list[Notice]]:
        found: dict[int, list[Notice]] = defaultdict(list)
        for account, notice in (*self._announced(), *self._turned_off()):
            found[account].append(notice)
        return found

    def _announced(self) -> Iterator[tuple[int, Notice]]:
        """By a churn with a day of notice, or by one that was told ahead without."""
        versions = Churn.objects.of(self.workspace)
        first = versions.filter(external_id=OuterRef("external_id")).order_by("known_at").values("known_at")[:1]
        rows = versions.known(self.workspace, self.known).annotate(heard_at=Subquery(first))
        told = rows.order_by("account_id", "pk").values_list("account_id", "notice_on", "churned_on", "heard_at")
        for account, said, left, known in told:
            notice = Notice(said or self.workspace.day_of(known), left or FOREVER)
            if notice.day < notice.until:
                yield account, notice

    def _turned_off(self) -> Iterator[tuple[int, Notice]]:
        """By the automatic renewal of a paid term turned off, when we heard of it, unless another term goes on."""
        versions = Subscription.objects.of(self.workspace)
        same = versions.filter(external_id=OuterRef("external_id"))
        on = same.filter(auto_renew=True, pk__lt=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        off = same.filter(auto_renew=False, pk__gt=OuterRef("was_on")).order_by("pk").values("known_at")[:1]
        rows = versions.known(self.workspace, self.known).filter(PAID, auto_renew=False).exclude(ends_on=None)
        told = rows.annotate(was_on=Subquery(on)).exclude(was_on=None).annotate(heard_at=Subquery(off)).order_by("pk")
        for account, ends, heard in told.values_list("account_id", "ends_on", "heard_at"):
            if not self._goes_on(account, ends):
                yield account, Notice(self.workspace.day_of(heard), ends)

    def _goes_on(self, account: int, ends: date) -> bool:
        follows_by = ends + timedelta(days=self.workspace.churn_gap_days)
        return any(term.start <= follows_by and term.end > ends for term in self._ledger.paid.get(account, ()))


def last_heard(workspace: Workspace, upto: date) -> date | None:
    """The last day about which anything was told of use, terms, purchases or churns: where the data end."""
    used = AccountDay.objects.of(workspace).filter(day__lte=upto, is_use=True).aggregate(last=Max("day"))["last"]
    told = [
        model.objects.of(workspace).known(workspace, upto).aggregate(last=Max("known_at"))["last"]
        for model in (Subscription, Purchase, Churn)
    ]
    days = [used, *(workspace.day_of(moment) for moment in told if moment)]
    return max((day for day in days if day), default=None)
