"""What KPIs should be: the one place that sets targets and takes them back, and says what cannot be one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from accounts.batch import ACCEPTED, KNOWN, UPDATED, Result, Status, refusal
from accounts.bounds import faults
from accounts.ingest.text import plain
from accounts.kinds import Fault, Kind
from accounts.models import AuditEntry, Membership, Role, Workspace
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, ScopeKind, Target
from metrics.names import Names
from metrics.registry import KPIS, Unit

# The least and the most that a target can be; of other units nothing below 0, without an upper end.
BOUNDS: dict[Unit, tuple[int | None, int | None]] = {
    Unit.RATIO: (-2, 2),
    Unit.BALANCE_100: (-100, 100),
    Unit.MONEY: (None, None),
}
Reached = Callable[[Scope], bool]


class TargetItem(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a KPI should be, from the period that begins at `start` until the next target of the same begins.

    `scope_key` names a team by its name, a CSM by e-mail, a segment as it is called. The value is in the KPI's unit,
    shares as shares of 1.
    """

    DECIMALS: ClassVar[dict[str, int]] = {"value": 6}

    kpi: Annotated[str, Meta(min_length=1, max_length=60)]
    scope: Literal["workspace", "team", "csm", "segment"] = "workspace"
    scope_key: Annotated[str, Meta(max_length=254)] = ""
    period: Literal["week", "month", "quarter", "year"] = "month"
    start: date
    value: Decimal
    id: Annotated[str, Meta(max_length=400)] | None = None


def _fault(item: TargetItem) -> Fault | None:
    """What is wrong with an item in any workspace."""
    if item.kpi not in KPIS:
        return "kpi", item.kpi, _("is no KPI")
    least, most = BOUNDS.get(KPIS[item.kpi].unit, (0, None))
    if (least is None or item.value >= least) and (most is None or item.value <= most):
        return None
    if KPIS[item.kpi].unit is Unit.RATIO:
        return "value", plain(item.value), _("is beyond 200 %: 5 % is told as 0.05")
    reason = _("must be at least %s") % least if most is None else _("must lie between %s and %s") % (least, most)
    return "value", plain(item.value), reason


KIND = Kind(
    TargetItem, Target, checks=((("kpi", "value"), _fault),), key=("kpi", "scope", "scope_key", "period", "start")
)


class About(NamedTuple):
    """What a target is of. There is one at most."""

    kpi: str
    scope: Scope
    period: str
    start: date

    @classmethod
    def of(cls, row: Target) -> About:
        return cls(row.kpi, Scope(ScopeKind(row.scope_kind), row.scope_key), row.period_kind, row.start)

    def row(self, workspace: Workspace, value: Decimal) -> Target:
        return Target(
            workspace=workspace, kpi=self.kpi, scope_kind=self.scope.kind, scope_key=self.scope.key,
            period_kind=self.period, start=self.start, value=value,
        )  # fmt: skip


# What an id is made of. KPIs have no hyphen in their keys; a name may have some.
ID = re.compile(r"([\w.]+)-(workspace|team|csm|segment)-(.*)-(week|month|quarter|year)-(\d{4}-\d{2}-\d{2})", re.DOTALL)
DEFAULTS = {"scope": "workspace", "scope_key": "", "period": "month"}


def id_of(told: Mapping[str, Any]) -> str:
    """The id of a target as it is told; what is not said is as by default."""
    return "-".join(str((DEFAULTS | dict(told)).get(name)) for name in KIND.key)


def find(names: Names, ids: Iterable[str]) -> dict[str, Target]:
    """Id → the target, of those that there are. One query."""
    asked = {each: about for each in ids if (about := _about(names, each))}
    rows = Target.objects.of(names.workspace).filter(kpi__in={about.kpi for about in asked.values()})
    known = {About.of(row): row for row in rows}
    return {each: known[about] for each, about in asked.items() if about in known}


def _about(names: Names, external_id: str) -> About | None:
    match = ID.fullmatch(external_id)
    scope = names.scope(match[2], match[3]) if match else None
    if match is None or scope is None:
        return None
    try:
        return About(match[1], scope, match[4], date.fromisoformat(match[5]))
    except ValueError:
        return None


def in_words(names: Names, rows: Iterable[Target]) -> list[dict[str, Any]]:
    """Targets as they are told: the fields of TargetItem, and when they last changed."""
    found = []
    for row in rows:
        key = names.name(row.scope_kind, row.scope_key)
        about = {"kpi": row.kpi, "scope": row.scope_kind, "scope_key": key, "period": row.period_kind}
        told = about | {"start": row.start, "value": plain(row.value)}
        found.append(told | {"id": id_of(told), "updated_at": row.updated_at})
    return found


def anybody(scope: Scope) -> bool:
    """A program's key is of the whole workspace."""
    return True


def reach(member: Membership) -> Reached:
    """Whose targets a member sets: a manager with a team the team's and its CSMs', who has none and an admin all."""
    if member.role == Role.ADMIN or (member.role == Role.MANAGER and member.team is None):
        return anybody
    if member.role != Role.MANAGER:
        return lambda scope: False
    own = Membership.objects.of(member.workspace).filter(team=member.team).values_list("pk", flat=True)
    within = {Scope(ScopeKind.TEAM, str(member.team.pk)), *(Scope(ScopeKind.CSM, str(pk)) for pk in own)}  # type: ignore[union-attr]
    return within.__contains__


@dataclass
class _Book:
    """The targets that are known, and what a batch makes of them."""

    known: dict[About, Target]
    said: dict[About, Decimal] = field(default_factory=dict)
    fresh: list[Target] = field(default_factory=list)
    changed: list[tuple[Target, Decimal]] = field(default_factory=list)

    def take(self, workspace: Workspace, about: About, value: Decimal) -> Result:
        """One target. Said twice in a batch, the first counts."""
        if self.said.setdefault(about, value) != value:
            reason = _("this target came before in the same input with another value")
            return Result(Status.CONFLICT, "value", plain(value), reason)
        row = self.known.get(about)
        if row is None:
            self.known[about] = about.row(workspace, value)
            self.fresh.append(self.known[about])
            return ACCEPTED
        if row.value == value:
            return KNOWN
        self.changed.append((row, row.value))
        row.value = value
        return UPDATED


@transaction.atomic
def set_targets(names: Names, items: Sequence[Any], moment: datetime, reaches: Reached = anybody) -> list[Result]:
    """Set or correct targets; a result for each item, in order. Twice is once."""
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=names.workspace.pk)
    wrong = faults(items, moment)
    asked = [wrong.get(n) or _read(names, item, reaches) for n, item in enumerate(items)]
    kpis = {each.kpi for each in asked if isinstance(each, About)}
    book = _Book({About.of(row): row for row in Target.objects.of(workspace).filter(kpi__in=kpis)})
    results = [
        each if isinstance(each, Result) else book.take(workspace, each, item.value)
        for each, item in zip(asked, items, strict=True)
    ]
    Target.unscoped.bulk_create(book.fresh, batch_size=1000)
    for row, _before in book.changed:
        row.updated_at = Now()
    Target.objects.of(workspace).bulk_update([row for row, _before in book.changed], ["value", "updated_at"], 1000)
    _tell(
        names, [*((row, None, row.value) for row in book.fresh), *((r, before, r.value) for r, before in book.changed)]
    )
    return results


def _read(names: Names, item: TargetItem, reaches: Reached) -> Result | About:
    """What an item is about, or why it cannot be had."""
    if fault := KIND.fault(item):
        return refusal(*fault)
    scope = names.scope(item.scope, item.scope_key)
    if scope is None:
        return refusal("scope_key", item.scope_key, _nobody(item.scope))
    if not reaches(scope):
        return refusal("scope_key", item.scope_key, _("is not yours: a manager sets the targets of the own team"))
    first = Period.of(names.workspace, PeriodKind(item.period), item.start).start
    if first != item.start:
        reason = _("is not the first day of a %(period)s, which is %(day)s")
        return refusal("start", item.start, reason % {"period": item.period, "day": first})
    return About(item.kpi, scope, item.period, item.start)


def _nobody(kind: str) -> str:
    return {
        ScopeKind.TEAM: _("is the name of no team"),
        ScopeKind.CSM: _("is the e-mail of no member"),
        ScopeKind.SEGMENT: _("is the segment of no account"),
    }.get(ScopeKind(kind), _("must be empty for the whole workspace"))


@transaction.atomic
def take_back(names: Names, row: Target) -> None:
    """From now on this is no target; what was one before it is one again."""
    if Target.objects.of(names.workspace).filter(pk=row.pk).delete()[0]:
        _tell(names, [(row, row.value, None)])


Change = tuple[Target, Decimal | None, Decimal | None]


def _tell(names: Names, changes: Iterable[Change]) -> None:
    """Into the audit log, in words: (target, value before, value after)."""
    AuditEntry.unscoped.bulk_create((_entry(names, *change) for change in changes), batch_size=1000)


def _entry(names: Names, row: Target, before: Decimal | None, after: Decimal | None) -> AuditEntry:
    actions = AuditEntry.Action
    action = actions.CREATE if before is None else actions.DELETE if after is None else actions.UPDATE
    values = [None if value is None else plain(value) for value in (before, after)]
    entry = AuditEntry.of(row, action, {"value": values})
    whose = " ".join(filter(None, [row.scope_kind, names.name(row.scope_kind, row.scope_key)]))
    entry.thing = f"{row.kpi}, {whose}, {row.period_kind} from {row.start}"[:200]
    return entry
