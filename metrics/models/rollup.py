"""What a day held, narrow and additive. A row is believed on the days known_day ≤ K < retracted_day."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from accounts.models import Account
from accounts.models.event import StreamedModel
from accounts.models.scoped import WorkspaceManager, WorkspaceQuerySet

NEVER = date.max


class IsTrue(models.Func):
    """A condition that no index is searched by."""

    template = "(%(expressions)s) IS TRUE"
    output_field = models.BooleanField()


class RollupQuerySet(WorkspaceQuerySet):
    def known(self, on: date) -> RollupQuerySet:
        """The rows believed at the end of the local day `on`.

        Asked of each row: as bounds of the primary key's last columns they would have PostgreSQL search the index
        anew for every value of the columns between, a person or a name.
        """
        return self.filter(IsTrue(models.Q(known_day__lte=on, retracted_day__gt=on)))


class AccountDay(StreamedModel):
    """The events of an account on a local day, by name and feature. Aliases are already resolved."""

    pk = models.CompositePrimaryKey(
        "workspace_id", "account_id", "day", "name", "feature", "said", "known_day", "retracted_day"
    )
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    name = models.TextField()
    feature = models.TextField()
    said = models.TextField(help_text="The name as it was told, before aliases")
    is_use = models.BooleanField()
    count = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=28, decimal_places=4)
    seconds = models.BigIntegerField()
    users = models.IntegerField(help_text="The largest number of people that the source counted")
    known_day = models.DateField()
    retracted_day = models.DateField(default=NEVER)

    objects = WorkspaceManager(RollupQuerySet)
    unscoped = models.Manager()

    class Meta(StreamedModel.Meta):
        # Rows come roughly in the order of time: who reads a month of everybody passes over the rest, and who reads
        # the year of one account would touch a page a day, were the numbers of use not in an index of their own.
        indexes = [
            BrinIndex(fields=["workspace", "day"], pages_per_range=16, name="account_day_by_day"),
            models.Index(
                fields=["workspace", "account", "day"],
                include=["count", "users", "feature", "seconds", "known_day", "retracted_day"],
                condition=models.Q(is_use=True),
                name="account_day_of_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.name}"


class ContactDay(StreamedModel):
    """That a person of an account used the product on a local day."""

    pk = models.CompositePrimaryKey("workspace_id", "account_id", "day", "person", "known_day", "retracted_day")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    person = models.TextField()
    known_day = models.DateField()
    retracted_day = models.DateField(default=NEVER)

    objects = WorkspaceManager(RollupQuerySet)
    unscoped = models.Manager()

    class Meta(StreamedModel.Meta):
        # Day by day, so that who reads a month of many accounts touches that month alone.
        indexes = [
            models.Index(
                fields=["workspace", "day", "account", "person"],
                include=["known_day", "retracted_day"],
                name="contact_day_by_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.person}"
