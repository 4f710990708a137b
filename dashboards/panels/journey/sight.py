"""Who looks at which map, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Stage, Workspace
from dashboards.export import Cell, Field
from dashboards.panels.filters import bad
from dashboards.panels.journey.asked import Asked
from dashboards.panels.lists import Link, files
from dashboards.panels.scopes import Scopes
from metrics.journey import JourneyMap, StageId
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import Run


@dataclass(frozen=True)
class Sight:
    """A member, an address and a moment. Raises FilterError for a day to come, a scope or a segment that is not there,
    and PermissionDenied where a CSM asks for another book."""

    member: Membership
    asked: Asked
    now: datetime

    @classmethod
    def of(cls, member: Membership, asked: Asked, now: datetime) -> Sight:
        """An address that names today is that of now, and stays it tomorrow."""
        is_today = asked.day == member.workspace.day_of(now)
        found = cls(member, asked.but(day=None, page=asked.page) if is_today else asked, now)
        found.whose  # noqa: B018 - raises
        return found

    @property
    def workspace(self) -> Workspace:
        workspace: Workspace = self.member.workspace
        return workspace

    @cached_property
    def today(self) -> date:
        return self.workspace.day_of(self.now)

    @cached_property
    def day(self) -> date:
        day = self.asked.day or self.today
        if day > self.today:
            raise bad("day", day.isoformat())
        return day

    @property
    def is_now(self) -> bool:
        return self.day == self.today

    @cached_property
    def period(self) -> Period:
        """The period in which the day lies, as far as it."""
        return Period.of(self.workspace, self.asked.period, self.day, self.day)

    @cached_property
    def scopes(self) -> Scopes:
        return Scopes(self.member, self.asked.scope, self.asked.period)

    @cached_property
    def map(self) -> JourneyMap:
        scope, narrowed = self.whose
        return JourneyMap(self.workspace, scope, self.day, self.is_now, narrowed)

    @cached_property
    def whose(self) -> tuple[Scope, tuple[Scope, ...]]:
        """The scope, and what else its accounts must be of."""
        return self.scopes.within(self.asked.segment)

    @property
    def name(self) -> str:
        """Whose map, in words."""
        return self.scopes.named(self.asked.segment)

    @cached_property
    def stages(self) -> list[Stage]:
        return list(Stage.objects.of(self.workspace))

    @cached_property
    def stage_names(self) -> dict[StageId, str]:
        return {stage.pk: stage.name for stage in self.stages}

    @cached_property
    def first_scored(self) -> date | None:
        """The oldest day that was scored."""
        return self._scored[0]

    @property
    def is_scored(self) -> bool:
        """Whether there is a map of the day."""
        return self.first_scored is not None and (self.is_now or self._scored[1] > 0)

    @cached_property
    def _scored(self) -> tuple[date | None, int]:
        runs = Run.objects.of(self.workspace).published()
        found = runs.aggregate(first=Min("day"), here=Count("pk", filter=Q(day=self.day)))
        return found["first"], found["here"]

    @property
    def paid_fields(self) -> list[Field]:
        """The column of MRR in a file, where accounts pay by terms."""
        return [Field(_("MRR"), self.workspace.currency)] if self.workspace.has_terms else []

    def paid(self, mrr: Cell) -> list[Cell]:
        """What stands in that column."""
        return [mrr] if self.workspace.has_terms else []

    def address(self, asked: Asked, name: str = "journey") -> str:
        return asked.address(reverse(name, args=[self.workspace.slug]))

    def files(self) -> tuple[Link, ...]:
        """The accounts behind what is asked for, as files."""
        slug = self.workspace.slug
        return files(lambda form: reverse("journey-file", args=[slug, form]), self.address(self.asked.but()))

    def sheets(self, name: str) -> tuple[Link, ...]:
        """A table of the map as files."""
        slug = self.workspace.slug
        return files(lambda form: reverse("journey-sheet", args=[slug, name, form]), self.address(self.asked))
