"""The tables that managers keep: rates, programme costs, targets. Each is listed, entered, taken back, brought in and
out as CSV in the same way; what differs stands in `Table`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import entering
from accounts.batch import Result
from accounts.importers.files import CsvFile
from accounts.importers.mapping import plain_mapping
from accounts.importers.run import Order, import_file
from accounts.kinds import KINDS
from accounts.models import ExchangeRate, Import, Membership, ProgramCost
from accounts.models.upload import SOURCE
from accounts.permissions import may
from accounts.rates import Gap, gaps
from accounts.words import in_words
from dashboards.export import Field, Sheet
from dashboards.panels.lists import PAGE_SIZE, Pager, pager
from dashboards.panels.settings.table_forms import CostForm, RateForm, TableForm, TargetForm
from dashboards.panels.team.words import exact_text
from dashboards.templatetags.figures import day, decimal, integer, money, months
from metrics import target_files, targets
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, ScopeKind, Target
from metrics.names import Names
from metrics.registry import KPIS, Unit

# The columns of files that hold numbers.
NUMBERS = {"rate", "amount", "value"}


@dataclass(frozen=True)
class Line:
    """One row: its cells, what it is called, and where it is changed and taken back; empty where it may not be."""

    cells: tuple[str, ...]
    value: str
    title: str
    change_url: str = ""
    take_back_url: str = ""


@dataclass(frozen=True)
class TablePage:
    """All that the page shows. `columns`: the heads of the cells and of the value."""

    table: Table
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    pager: Pager
    form: TableForm
    may_change: bool
    add_url: str
    upload_url: str
    csv_url: str
    xlsx_url: str
    notes: tuple[str, ...] = ()
    file_error: str = ""


@dataclass(frozen=True)
class Table:
    """What is kept: `name` of one of it, as addresses have it; `fields`, the columns of its file."""

    name: str
    title: Any
    about: Any
    adding: Any
    empty: Any
    kept: Any
    fields: tuple[str, ...]
    permission: str
    form: type[TableForm]
    rows: Callable[[Membership], Any]
    columns: Callable[[Membership], tuple[Any, ...]]
    cells: Callable[[Membership, Sequence[Any]], list[tuple[str, ...]]]
    initial: Callable[[Any], dict[str, Any]]
    words: Callable[[Membership, Sequence[Any]], list[dict[str, Any]]]
    keep: Callable[[Membership, Any, datetime], Result]
    take_back: Callable[[Membership, Any, datetime], None]
    load: Callable[[Membership, CsvFile, datetime], Import]
    reaches: Callable[[Membership], Callable[[Any], bool]] = lambda member: lambda row: True
    notes: Callable[[Membership], tuple[str, ...]] = lambda member: ()

    @property
    def section(self) -> str:
        return f"settings-{self.name}s"

    def url(self, member: Membership, end: str, *key: Any) -> str:
        return reverse(f"settings-{self.name}{end}", args=[member.workspace.slug, *key])


def table_page(member: Membership, table: Table, form: TableForm, page: int = 1, file_error: str = "") -> TablePage:
    """One page of rows. As many queries however many rows."""
    found = table.rows(member)
    rows = list(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    url, may_change = table.url(member, "s"), may(member.role, table.permission)
    reaches = table.reaches(member) if may_change else lambda row: False
    return TablePage(
        table=table,
        columns=tuple(map(str, table.columns(member))),
        lines=tuple(
            _line(member, table, row, cells, reaches(row))
            for row, cells in zip(rows, table.cells(member, rows), strict=True)
        ),
        pager=pager(page, found.count(), lambda n: f"{url}?page={n}" if n > 1 else url),
        form=form,
        may_change=may_change,
        add_url=table.url(member, "-add"),
        upload_url=table.url(member, "s-upload"),
        csv_url=table.url(member, "s-file", "csv"),
        xlsx_url=table.url(member, "s-file", "xlsx"),
        notes=table.notes(member),
        file_error=file_error,
    )


def _line(member: Membership, table: Table, row: Any, cells: tuple[str, ...], is_mine: bool) -> Line:
    title = " ".join(cells[:-1])
    if not is_mine:
        return Line(cells[:-1], cells[-1], title)
    change = f"{table.url(member, 's')}?change={row.pk}#form"
    return Line(cells[:-1], cells[-1], title, change, table.url(member, "-take-back", row.pk))


def sheet_of(member: Membership, table: Table) -> Sheet:
    """All rows as a file that can be brought back as it is."""
    rows = table.words(member, list(table.rows(member)))
    name = f"{member.workspace.slug}-{table.name}s"
    cells = ([Decimal(row[f]) if f in NUMBERS else row[f] for f in table.fields] for row in rows)
    return Sheet(name, tuple(map(Field, table.fields)), cells)


def report_words(imported: Import) -> str:
    """What became of a file, in a sentence."""
    words = ngettext("%(n)s row read", "%(n)s rows read", imported.read) % {"n": integer(imported.read)}
    parts = {"accepted": imported.accepted, "known": imported.known, "refused": imported.conflicts + imported.rejected}
    told = _("%(read)s: %(accepted)s accepted, %(known)s already known, %(refused)s refused.")
    return told % {"read": words, **{name: integer(count) for name, count in parts.items()}}


# -- rates and costs are facts ------------------------------------------------------------------------------


def _fact_words(name: str) -> Callable[[Membership, Sequence[Any]], list[dict[str, Any]]]:
    return lambda member, rows: in_words(member.workspace, KINDS[name], rows)


def _enter(name: str) -> Callable[[Membership, Any, datetime], Result]:
    return lambda member, item, now: entering.enter(member.workspace, name, item, now)


def _retract(name: str) -> Callable[[Membership, Any, datetime], None]:
    return lambda member, row, now: entering.take_back(name, row, now)


def _load(name: str) -> Callable[[Membership, CsvFile, datetime], Import]:
    def load(member: Membership, file: CsvFile, now: datetime) -> Import:
        return import_file(Order(member.workspace, SOURCE, plain_mapping(name, file.header), file))[0]

    return load


def _rates(member: Membership) -> Any:
    return ExchangeRate.objects.of(member.workspace).current().select_related("workspace").order_by("currency", "-day")


def _rate_cells(member: Membership, rows: Sequence[Any]) -> list[tuple[str, ...]]:
    return [(row.currency, day(row.day), decimal(row.rate, 8)) for row in rows]


def _rate_notes(member: Membership) -> tuple[str, ...]:
    return tuple(_gap_words(gap) for gap in gaps(member.workspace))


def _gap_words(gap: Gap) -> str:
    words = ngettext(
        "%(n)s amount in %(currency)s since %(day)s has no rate, so MRR has no value there.",
        "%(n)s amounts in %(currency)s since %(day)s have no rate, so MRR has no value there.",
        gap.amounts,
    )
    return words % {"n": integer(gap.amounts), "currency": gap.currency, "day": day(gap.first)}


def _costs(member: Membership) -> Any:
    return ProgramCost.objects.of(member.workspace).current().select_related("workspace").order_by("-month", "kind")


def _cost_cells(member: Membership, rows: Sequence[Any]) -> list[tuple[str, ...]]:
    return [(months(row.month, row.month), row.get_kind_display(), money(row.amount, row.currency)) for row in rows]


RATES = Table(
    name="rate",
    title=gettext_lazy("Exchange rates"),
    about=gettext_lazy(
        "What one unit of another currency is worth in the reporting one, from a day until the next. MRR takes the rate"
        " of the day on which the term begins, everything else that of its own day."
    ),
    adding=gettext_lazy("Add or correct a rate"),
    empty=gettext_lazy("No rates yet: amounts in another currency have no value without one."),
    kept=gettext_lazy("The rate is kept. It counts from the next night."),
    fields=("currency", "day", "rate"),
    permission="money.write",
    form=RateForm,
    rows=_rates,
    columns=lambda member: (
        _("Currency"),
        _("From the day"),
        _("One unit in %(currency)s") % {"currency": member.workspace.currency},
    ),
    cells=_rate_cells,
    initial=lambda row: {"currency": row.currency, "day": row.day, "rate": f"{row.rate.normalize():f}"},
    words=_fact_words("rates"),
    keep=_enter("rates"),
    take_back=_retract("rates"),
    load=_load("rates"),
    notes=_rate_notes,
)
COSTS = Table(
    name="cost",
    title=gettext_lazy("Programme costs"),
    about=gettext_lazy(
        "What customer success cost in a month, by kind. Retention cost divides it by the customers and their MRR."
    ),
    adding=gettext_lazy("Add or correct a cost"),
    empty=gettext_lazy("No costs yet: retention cost has no value without them."),
    kept=gettext_lazy("The cost is kept. It counts from the next night."),
    fields=("month", "kind", "amount", "currency"),
    permission="money.write",
    form=CostForm,
    rows=_costs,
    columns=lambda member: (_("Month"), _("For what"), _("Amount")),
    cells=_cost_cells,
    initial=lambda row: {
        "month": row.month, "kind": row.kind, "amount": f"{row.amount.normalize():f}", "currency": row.currency,
    },
    words=_fact_words("costs"),
    keep=_enter("costs"),
    take_back=_retract("costs"),
    load=_load("costs"),
)  # fmt: skip

# -- targets ------------------------------------------------------------------------------------------------


def _targets(member: Membership) -> Any:
    return Target.objects.of(member.workspace).order_by("kpi", "scope_kind", "scope_key", "period_kind", "-start")


def _target_cells(member: Membership, rows: Sequence[Any]) -> list[tuple[str, ...]]:
    names, currency = Names(member.workspace), member.workspace.currency
    found: list[tuple[str, ...]] = []
    for row in rows:
        kpi = KPIS.get(row.kpi)
        whose = names.name(row.scope_kind, row.scope_key) or str(_("Whole workspace"))
        value = exact_text(kpi, row.value, currency) if kpi else f"{row.value.normalize():f}"
        period = str(PeriodKind(row.period_kind).label)
        found.append((str(kpi.name) if kpi else row.kpi, whose, period, day(row.start), value))
    return found


def _target_initial(row: Any) -> dict[str, Any]:
    is_share = row.kpi in KPIS and KPIS[row.kpi].unit is Unit.RATIO
    value = f"{(row.value * 100 if is_share else row.value).normalize():f}"
    whole = row.scope_kind == ScopeKind.WORKSPACE
    scope = row.scope_kind if whole else f"{row.scope_kind}:{row.scope_key}"
    return {"kpi": row.kpi, "scope": scope, "period": row.period_kind, "start": row.start, "value": value}


def _set_target(member: Membership, item: Any, now: datetime) -> Result:
    return targets.set_targets(Names(member.workspace), [item], now, targets.reach(member))[0]


def _target_reaches(member: Membership) -> Callable[[Any], bool]:
    reaches = targets.reach(member)
    return lambda row: reaches(Scope(ScopeKind(row.scope_kind), row.scope_key))


TARGETS = Table(
    name="target",
    title=gettext_lazy("Targets"),
    about=gettext_lazy(
        "What KPIs should be: they stand beside the values on the page Team, with the gap. A manager sets those of the"
        " own team and its CSMs, an admin all."
    ),
    adding=gettext_lazy("Set or correct a target"),
    empty=gettext_lazy("No targets yet: values on the page Team stand alone."),
    kept=gettext_lazy("The target is kept."),
    fields=target_files.COLUMNS,
    permission="target.write",
    form=TargetForm,
    rows=_targets,
    columns=lambda member: (_("KPI"), _("Whose"), _("Each"), _("From"), _("Target")),
    cells=_target_cells,
    initial=_target_initial,
    words=lambda member, rows: targets.in_words(Names(member.workspace), rows),
    keep=_set_target,
    take_back=lambda member, row, now: targets.take_back(Names(member.workspace), row),
    load=lambda member, file, now: target_files.import_targets(
        Names(member.workspace), file, now, targets.reach(member)
    ),
    reaches=_target_reaches,
)
