"""The form of an entry: its fields by name, what they may hold, and the item that they make."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.batch import Result
from accounts.bounds import EARLIEST, FARTHEST
from accounts.decode import one
from accounts.kinds import KINDS
from accounts.models import Account, Contact, Deal, Feedback, Goal, Membership, Pulse, Touch
from dashboards.panels.entries import BY_HAND, EntryKind
from metrics.registry import Measure

PEOPLE = 100
# Of two days the first is never after the second.
ORDER = (("started_on", "due_on"), ("since_on", "left_on"), ("given_at", "resolved_on"), ("opened_on", "closed_on"))
OVERVIEW = "account"
MOST_MINUTES, MOST_ATTENDEES = 24 * 60, 100_000


@dataclass(frozen=True)
class EntryPage:
    """The form with what stands around it; `take_back_url` only for what was entered by hand."""

    title: str
    account: str
    account_url: str
    url: str
    form: EntryForm
    people: tuple[str, ...]
    measures: tuple[Measure, ...]
    take_back_url: str


class EntryForm(forms.Form):
    """One entry about an account. `base` is the item that it corrects; without one it makes a new fact."""

    ticket = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(
        self, entry: EntryKind, account: Account, now: datetime, base: Any = None, act: bool = False, data: Any = None
    ) -> None:
        self.entry, self.account, self.base = entry, account, base
        self.now = now.replace(second=0, microsecond=0)
        self.today = account.workspace.day_of(now)
        told = _written(base) if base else dict(entry.initial)
        self.act = entry.act if act else None
        preset = self.act.preset(self.today) if self.act else {}
        super().__init__(data, initial=told | preset)
        if base:
            del self.fields["ticket"]
        for name in (*entry.later, *entry.fields) if base else entry.fields:
            self.fields[name] = field_of(self, name)

    def clean(self) -> dict[str, Any]:
        """What no field says alone."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        for first, last in ORDER:
            before, after = self._day(told.get(first)), self._day(told.get(last))
            if before and after and after < before:
                reason = _("This is before %(label)s, %(day)s.")
                self.add_error(last, reason % {"label": self.fields[first].label, "day": before})
        if self.entry.key == "goal" and told.get("target") is not None and told["target"] == told.get("baseline"):
            self.add_error("target", _("This is where it starts already."))
        return told

    def _day(self, value: Any) -> date | None:
        day: date | None = self.account.workspace.day_of(value) if isinstance(value, datetime) else value
        return day

    def item(self, member: Membership) -> Any:
        """What is to be recorded, or the Result that says why it cannot be."""
        kind = KINDS[self.entry.kind]
        told = {name: value for name, value in self.cleaned_data.items() if name != "ticket"}
        if self.base is not None:
            kept = msgspec.structs.asdict(self.base)
            return one(kept | {name: _unless_same(value, kept[name]) for name, value in told.items()}, kind.struct)
        # The account is in the id, so that nobody reaches the fact of another with an id of theirs.
        told |= {"account": self.account.external_id, "id": self.external_id, **self.entry.fixed}
        if "member" in kind.struct.__struct_fields__:
            told["member"] = member.user.email
        if self.entry.key == "goal":
            told["value"] = told["baseline"]
        return one(told, kind.struct)

    @property
    def external_id(self) -> str:
        """The same for the same form, however often it is sent."""
        if self.base is not None:
            return str(self.base.id)
        return f"{BY_HAND}{self.account.pk}-{self.cleaned_data['ticket']}"

    @property
    def title(self) -> str:
        """What is done with it."""
        if self.base is None:
            return str(self.entry.title)
        deed = self.act.label if self.act else _("Correct")
        return _("%(deed)s: %(what)s") % {"deed": deed, "what": self.entry.label}

    def focus(self) -> None:
        """Begin where something is wrong, else at the top."""
        seen = [name for name in self.fields if name != "ticket"]
        first = next((name for name in seen if name in self.errors), seen[0])
        self.fields[first].widget.attrs["autofocus"] = True

    def refuse(self, result: Result) -> None:
        """Put what ingest has against the item beside its field."""
        self.add_error(result.field if result.field in self.fields else None, result.reason)


def entry_page(form: EntryForm, fact: Any = None, back: str = OVERVIEW) -> EntryPage:
    """The page around a form; `back` is where one goes from it. One query: who may be named."""
    entry, account = form.entry, form.account
    slug = account.workspace.slug
    place = [slug, account.pk, entry.key]
    form.focus()
    by_hand = fact is not None and fact.external_id.startswith(BY_HAND)
    return EntryPage(
        title=form.title,
        account=account.name,
        account_url=reverse(back, args=[slug, account.pk]),
        url=(reverse("entry", args=[*place, fact.pk]) if fact else reverse("add-entry", args=place)) + leading(back),
        form=form,
        people=_people(account) if "contact" in form.fields else (),
        measures=entry.measures,
        take_back_url=reverse("take-back", args=[*place, fact.pk]) + leading(back) if by_hand else "",
    )


def leading(back: str) -> str:
    """What an address says of the page to which one comes back."""
    return "" if back == OVERVIEW else f"?back={back}"


def _people(account: Account) -> tuple[str, ...]:
    rows = Contact.objects.of(account.workspace).current().filter(account_id=account.pk, left_on=None)
    names = rows.order_by("name", "email").values_list("email", "name")[:PEOPLE]
    return tuple(dict.fromkeys(email or name for email, name in names if email or name))


def _written(base: Any) -> dict[str, Any]:
    """The values of an item as a form shows them: no zeros after the decimals."""
    values = msgspec.structs.asdict(base).items()
    return {name: f"{value.normalize():f}" if isinstance(value, Decimal) else value for name, value in values}


def _unless_same(value: Any, before: Any) -> Any:
    """A form knows no seconds: the same minute is the same moment."""
    if isinstance(before, datetime) and value == before.replace(second=0, microsecond=0):
        return before
    return value


class Radios(forms.RadioSelect):
    """Of radio buttons the chosen one gets the focus, as when a key leads there."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if not option["selected"]:
            option["attrs"].pop("autofocus", None)
        return option


# -- fields -------------------------------------------------------------------------------------------------

Make = Callable[[EntryForm], forms.Field]


def field_of(form: EntryForm, name: str) -> forms.Field:
    """A field by its name; one that means something else in another kind stands below `kind.name`."""
    return (FIELDS.get(f"{form.entry.kind}.{name}") or FIELDS[name])(form)


def _between(first: Any, last: Any) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if value < first:
            raise ValidationError(_("This is before the year 2000."))
        if value > last:
            raise ValidationError(_("This lies in the future.") if last != FARTHEST else _("This is after 2100."))

    return check


def _moment(label: Any) -> Make:
    return lambda form: forms.DateTimeField(
        label=label,
        initial=form.now,
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        validators=[_between(EARLIEST, form.now)],
    )


def _day(label: Any, *, required: bool = True, is_ahead: bool = False, is_today: bool | None = None) -> Make:
    begins_today = required and not is_ahead if is_today is None else is_today
    return lambda form: forms.DateField(
        label=label,
        required=required,
        initial=form.today if begins_today else None,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[_between(EARLIEST.date(), FARTHEST if is_ahead else form.today)],
    )


def _choice(label: Any, choices: Any) -> Make:
    return lambda form: forms.ChoiceField(label=label, choices=choices, initial=choices[0][0])


def _sort(label: Any, choices: Any) -> Make:
    """The choice between what the entry may be."""
    return lambda form: forms.ChoiceField(
        label=label,
        choices=[each for each in choices if any(each[0] in values for values in form.entry.only.values())],
        widget=Radios,
        initial=next(iter(form.entry.only.values()))[0],
    )


def _line(label: Any, length: int, *, required: bool = False, **more: Any) -> Make:
    return lambda form: forms.CharField(label=label, max_length=length, required=required, **more)


def _text(label: Any) -> Make:
    return lambda form: forms.CharField(
        label=label, max_length=20_000, required=False, widget=forms.Textarea({"rows": 3})
    )


def _whole(label: Any, most: int) -> Make:
    return lambda form: forms.IntegerField(label=label, min_value=0, max_value=most, required=False)


def _number(label: Any, **more: Any) -> Make:
    return lambda form: forms.DecimalField(label=label, max_digits=18, decimal_places=4, **more)


def _amount(form: EntryForm) -> forms.Field:
    currency = (form.base and form.base.currency) or form.account.workspace.currency
    return _number(_("Amount, %(currency)s") % {"currency": currency}, min_value=0)(form)


def _pulse(form: EntryForm) -> forms.Field:
    """As it was judged last, or in the middle."""
    last = Pulse.objects.of(form.account.workspace).current().filter(account_id=form.account.pk)
    value = last.order_by("-occurred_at", "-pk").values_list("value", flat=True).first()
    marks = [(1, _("1 Poor")), (2, "2"), (3, _("3 Fair")), (4, "4"), (5, _("5 Very good"))]
    return forms.TypedChoiceField(
        label=_("How does it go?"), choices=marks, coerce=int, widget=Radios, initial=value or 3
    )


FIGURES = [
    ("headcount", gettext_lazy("Their headcount")),
    ("customers", gettext_lazy("Their customers")),
    ("revenue", gettext_lazy("Their revenue")),
    ("cost", gettext_lazy("What our product costs them")),
    ("return", gettext_lazy("What it returns to them")),
]
SPOKE = gettext_lazy("Two-way counts as contact, from the customer as theirs; what only we send counts as neither.")
WITH = forms.TextInput({"list": "people"})

FIELDS: dict[str, Make] = {
    "happened_at": _moment(gettext_lazy("When")),
    "given_at": _moment(gettext_lazy("When")),
    "channel": _sort(gettext_lazy("How"), Touch.Channel.choices),
    "kind": _sort(gettext_lazy("What"), Feedback.Kind.choices),
    "direction": lambda form: forms.ChoiceField(
        label=_("Who spoke"), choices=Touch.Direction.choices, initial=Touch.Direction.TWO_WAY, help_text=SPOKE
    ),
    "minutes": _whole(gettext_lazy("Minutes"), MOST_MINUTES),
    "attendees": _whole(gettext_lazy("Attendees"), MOST_ATTENDEES),
    "contact": _line(gettext_lazy("With whom"), 200, widget=WITH),
    "feedback.contact": _line(gettext_lazy("Who said it"), 200, widget=WITH),
    "subject": _line(gettext_lazy("Subject"), 300),
    "outcome": _text(gettext_lazy("What came of it")),
    "text": _text(gettext_lazy("In their words")),
    "comment": _text(gettext_lazy("Why")),
    "topic": _line(
        gettext_lazy("Topic"), 30, help_text=gettext_lazy("Counts as product feedback where it is “product”, or empty.")
    ),
    "resolved_on": _day(gettext_lazy("Resolved on"), required=False),
    "pulses.value": _pulse,
    "figure": _choice(gettext_lazy("Figure"), FIGURES),
    "value": _number(gettext_lazy("Value")),
    "goals.value": _number(gettext_lazy("Where it stands")),
    "day": _day(gettext_lazy("As of")),
    "name": _line(gettext_lazy("Name"), 200),
    "goals.name": _line(gettext_lazy("What they want to reach"), 200, required=True),
    "contacts.name": _line(gettext_lazy("Name"), 200, required=True),
    "unit": _line(gettext_lazy("Unit"), 30),
    "baseline": _number(gettext_lazy("From"), initial=0),
    "target": _number(gettext_lazy("To")),
    "started_on": _day(gettext_lazy("Since")),
    "due_on": _day(gettext_lazy("Due"), is_ahead=True),
    "goals.state": _choice(gettext_lazy("State"), Goal.State.choices),
    "deals.state": _choice(gettext_lazy("State"), Deal.State.choices),
    "email": lambda form: forms.EmailField(label=_("E-mail"), max_length=254, required=False),
    "part": _choice(gettext_lazy("Part"), Contact.Part.choices),
    # Who was told by a file may have been there since nobody knows when.
    "since_on": _day(gettext_lazy("Since"), required=False, is_today=True),
    "left_on": _day(gettext_lazy("Left on"), required=False),
    "amount": _amount,
    "opened_on": _day(gettext_lazy("Opened on")),
    "closed_on": _day(gettext_lazy("Closed on"), required=False),
}
