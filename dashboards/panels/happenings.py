"""What happened to an account, kind by kind: which rows, when, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import DateTimeField, F, Func, IntegerField, Value, Window
from django.db.models.functions import Coalesce, Lag
from django.utils.translation import gettext as _

from accounts import models
from accounts.models import Workspace
from dashboards.templatetags.figures import band_word, day, decimal, money
from metrics.models import Band, ManualBand, ScoreSnapshot


@dataclass(frozen=True)
class Words:
    """How a happening reads. `mark` is what the chart says of it; empty where it is not worth a mark."""

    title: str
    text: str = ""
    by: str = ""
    quote: str = ""
    note: str = ""
    band: str = "grey"
    mark: str = ""


@dataclass(frozen=True)
class Context:
    """What words may need besides the row: names of ids, payments, subjects of tickets, today."""

    today: date
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    paid: Mapping[str, Any] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)


Say = Callable[[Any, Context], Words]
Rows = Callable[[Workspace, int], Any]


@dataclass(frozen=True)
class Happening:
    """One kind: its rows with `at` and `ordinal` (what tells two of the same moment apart), and its words."""

    name: str
    rows: Rows
    say: Say
    is_marked: bool = False


def _start(column: str, workspace: Workspace) -> Any:
    """The moment at which a day begins where the workspace is."""
    local: Any = Func(F(column), template="(%(expressions)s)::timestamp", output_field=DateTimeField())
    return Func(Value(workspace.time_zone), local, function="timezone", output_field=DateTimeField())


def _facts(model: Any, at: Callable[[Workspace], Any] | None = None, **filters: Any) -> Rows:
    def rows(workspace: Workspace, account: int) -> Any:
        found = model.objects.of(workspace).current().filter(account_id=account, **filters)
        return found.annotate(at=at(workspace) if at else F("occurred_at"), ordinal=F("pk"))

    return rows


def _band_changes(workspace: Workspace, account: int) -> Any:
    """The days on which the band was another than on the scored day before."""
    days = ScoreSnapshot.objects.of(workspace).published().filter(account_id=account)
    before = Window(Lag("band"), order_by=F("day").asc())
    at = _start("day", workspace)
    changes = days.annotate(before=before, at=at, ordinal=Value(0, IntegerField())).exclude(before=F("band"))
    return changes.only("workspace_id", "day", "account_id", "attempt", "band", "score_units")


def _history(workspace: Workspace, account: int) -> Any:
    rows = models.AccountHistory.objects.of(workspace).filter(account_id=account, field__in=["owner", "stage"])
    return rows.annotate(at=F("since"), ordinal=F("pk"))


def _manual_bands(workspace: Workspace, account: int) -> Any:
    rows = ManualBand.objects.of(workspace).filter(account_id=account).select_related("author__user")
    return rows.annotate(at=F("created_at"), ordinal=F("pk"))


def _band(row: Any, context: Context) -> Words:
    name = Band(row.band).name.lower()
    if row.before is None:
        return Words(_("First score"), band_word(name), band=name)
    title = {
        "red": _("Turned red"), "yellow": _("Turned yellow"), "green": _("Turned green"),
    }.get(name, _("No longer enough data"))  # fmt: skip
    return Words(title, band=name)


def _manual(row: Any, context: Context) -> Words:
    name = Band(row.band).name.lower()
    until = _("until %(day)s") % {"day": day(row.ends_on, context.today)}
    return Words(_("Set by hand"), f"{band_word(name)}, {until}", str(row.author or ""), row.reason, band=name)


def _moved(row: Any, context: Context) -> Words:
    title = _("Owner") if row.field == "owner" else _("Stage")
    return Words(title, context.names.get((row.field, row.value), "") or _("nobody"))


def _contact(row: Any, context: Context) -> Words:
    who, part = row.name or row.email, row.get_part_display()
    if row.left_on is None:
        return Words(_("New contact"), who, part)
    champion = row.part == models.Contact.Part.CHAMPION
    if champion:
        return Words(_("Champion left"), who, band="red", mark=_("Champion left"))
    return Words(_("Contact left"), who, part)


def _person(row: Any, context: Context) -> Words:
    return Words(row.get_part_display(), row.name or row.email, row.email if row.name else "")


def _term(row: Any, context: Context) -> Words:
    end = _("until %(day)s") % {"day": day(row.ends_on, context.today)} if row.ends_on else _("open-ended")
    seats = _("%(n)s seats") % {"n": row.seats} if row.seats else ""
    price = _("%(amount)s a month") % {"amount": money(row.mrr, row.currency)}
    text = ", ".join(part for part in (row.product, price, seats, end) if part)
    return Words(_("Trial") if row.is_trial else _("Term"), text, band="accent")


def _invoice(row: Any, context: Context) -> Words:
    title = _("Invoice %(number)s") % {"number": row.number or row.external_id}
    due = _("due %(day)s") % {"day": day(row.due_on, context.today)}
    open_amount = row.amount - context.paid.get(row.external_id, 0)
    amount = money(row.amount, row.currency)
    if row.is_void or row.is_disputed:
        return Words(title, f"{amount}, {_('void') if row.is_void else _('disputed')}", due)
    if open_amount <= 1:
        return Words(title, f"{amount}, {_('paid')}", due, band="green")
    if row.due_on < context.today:
        return Words(title, _("overdue %(amount)s") % {"amount": money(open_amount, row.currency)}, due, band="red")
    return Words(title, amount, due)


def _payment(row: Any, context: Context) -> Words:
    return Words(row.get_kind_display(), money(row.amount, row.currency))


def _purchase(row: Any, context: Context) -> Words:
    came_back = row.amount < 0
    text = f"{row.product} {money(abs(row.amount), row.currency)}".strip()
    return Words(_("Sent back") if came_back else _("Purchase"), text, band="grey" if came_back else "green")


def _deal(row: Any, context: Context) -> Words:
    text = f"{row.name} {money(row.amount, row.currency)}".strip()
    return Words(_("Deal, %(state)s") % {"state": row.get_state_display().lower()}, text, band="accent")


def _churn(row: Any, context: Context) -> Words:
    if row.is_reactivation:
        return Words(_("Came back"), row.reason, quote=row.comment, band="green", mark=_("Came back"))
    title = _("Left") if row.churned_on else _("Notice given")
    left = _("leaves on %(day)s") % {"day": day(row.churned_on, context.today)} if row.churned_on else ""
    return Words(title, row.reason, left, row.comment, band="red", mark=title)


def _ticket(row: Any, context: Context) -> Words:
    severe = row.priority in (models.Ticket.Priority.HIGH, models.Ticket.Priority.URGENT)
    return Words(
        _("Ticket"), _subject(row.subject, row.external_id), row.get_priority_display().lower(),
        band="yellow" if severe else "grey",
    )  # fmt: skip


def _ticket_event(row: Any, context: Context) -> Words:
    words = _("Ticket %(what)s") % {"what": row.get_kind_display().lower()}
    band = "yellow" if row.kind == models.TicketEvent.Kind.REOPENED else "green"
    return Words(words, _subject(context.subjects.get(row.ticket, ""), row.ticket), band=band)


def _subject(subject: str, ticket: str) -> str:
    return f"“{subject}”" if subject else f"#{ticket}"


def _survey(row: Any, context: Context) -> Words:
    share = (row.score - row.scale_min) / (row.scale_max - row.scale_min)
    band = "red" if share < 0.5 else "yellow" if share < 0.8 else "green"
    score = _("%(score)s of %(most)s") % {"score": decimal(row.score, 2), "most": row.scale_max}
    return Words(_("Survey"), f"{row.get_kind_display()} {score}", row.person, row.comment, band=band)


def _touch(row: Any, context: Context) -> Words:
    minutes = _("%(n)s min") % {"n": row.minutes} if row.minutes else ""
    people = _("%(n)s attendees") % {"n": row.attendees} if row.attendees else ""
    by = " · ".join(part for part in (row.get_direction_display(), row.person, people, minutes) if part)
    return Words(row.get_channel_display(), row.subject, by, note=row.outcome, band="accent")


def _pulse(row: Any, context: Context) -> Words:
    band = "red" if row.value <= 2 else "yellow" if row.value == 3 else "green"
    return Words(_("Pulse"), _("%(n)s of 5") % {"n": row.value}, row.member, row.comment, band=band)


def _feedback(row: Any, context: Context) -> Words:
    bad = row.kind in (models.Feedback.Kind.PROBLEM, models.Feedback.Kind.COMPLAINT)
    complaint = row.kind == models.Feedback.Kind.COMPLAINT
    state = (_("resolved") if row.resolved_on else _("open")) if complaint else ""
    by = " · ".join(part for part in (row.person, state) if part)
    band = ("red" if complaint and not row.resolved_on else "yellow") if bad else "green"
    mark = _("Complaint") if complaint else ""
    return Words(row.get_kind_display(), row.topic, by, row.text, band=band, mark=mark)


def _goal(row: Any, context: Context) -> Words:
    numbers = _("%(value)s of %(target)s %(unit)s") % {
        "value": decimal(row.value), "target": decimal(row.target), "unit": row.unit,
    }  # fmt: skip
    band = {"met": "green", "missed": "red"}.get(row.state, "accent")
    return Words(_("Goal"), f"{row.name}, {numbers}".strip(), row.get_state_display().lower(), band=band)


def _client_figure(row: Any, context: Context) -> Words:
    counts = row.figure in ("headcount", "customers")
    value = decimal(row.value) if counts or not row.currency else money(row.value, row.currency)
    return Words(_("Their %(figure)s") % {"figure": row.figure}, value)


def _left(workspace: Workspace) -> Any:
    return Coalesce(_start("left_on", workspace), F("occurred_at"))


# How what is not over reads, by kind.
NOW: Mapping[str, Say] = {"feedback": _feedback, "goals": _goal, "contacts": _person, "deals": _deal}
TURNS = ("solved", "reopened")
HAPPENINGS: tuple[Happening, ...] = (
    Happening("band", _band_changes, _band),
    Happening("manual", _manual_bands, _manual),
    Happening("history", _history, _moved),
    Happening("contact", _facts(models.Contact, _left, is_internal=False), _contact, is_marked=True),
    Happening("term", _facts(models.Subscription), _term),
    Happening("invoice", _facts(models.Invoice), _invoice),
    Happening("payment", _facts(models.Payment), _payment),
    Happening("purchase", _facts(models.Purchase), _purchase),
    Happening("deal", _facts(models.Deal), _deal),
    Happening("churn", _facts(models.Churn), _churn, is_marked=True),
    Happening("ticket", _facts(models.Ticket), _ticket),
    Happening("ticket-event", _facts(models.TicketEvent, kind__in=TURNS), _ticket_event),
    Happening("survey", _facts(models.SurveyResponse), _survey),
    Happening("touch", _facts(models.Touch), _touch),
    Happening("pulse", _facts(models.Pulse), _pulse),
    Happening("feedback", _facts(models.Feedback), _feedback, is_marked=True),
    Happening("goal", _facts(models.Goal), _goal),
    Happening("figure", _facts(models.ClientFigure), _client_figure),
)
