"""The form in which somebody sets an account's band by hand, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from dashboards.panels.entry_form import Radios
from dashboards.templatetags.figures import band_word, day
from metrics.manual_bands import LONGEST, USUAL
from metrics.models import Band, ManualBand, Standing

REASON = 500
BEST_FIRST = (Band.GREEN, Band.YELLOW, Band.RED)


@dataclass(frozen=True)
class BandPage:
    """The form; `running` says what it replaces, `take_back_url` ends that."""

    title: str
    account: str
    account_url: str
    url: str
    form: BandForm
    running: str
    take_back_url: str


class BandForm(forms.Form):
    """A band, why, and until when."""

    band = forms.TypedChoiceField(
        label=gettext_lazy("Band"), choices=lambda: [(band.value, band_word(band.name.lower())) for band in BEST_FIRST],
        coerce=int, widget=Radios,
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=REASON, widget=forms.Textarea({"rows": 3}))
    ends_on = forms.DateField(
        label=gettext_lazy("Until"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=gettext_lazy("From this day on, or from a new cap on, the band is the computed one again."),
    )  # fmt: skip

    def __init__(self, account: Account, today: date, data: Any = None) -> None:
        self.account, self.today = account, today
        rows = ManualBand.objects.of(account.workspace).in_force(today).filter(account=account)
        self.running: ManualBand | None = rows.select_related("author__user").order_by("-created_at").first()
        told = {name: getattr(self.running, name, None) for name in ("band", "reason", "ends_on")}
        super().__init__(data, initial=told if self.running else {"ends_on": today + timedelta(days=USUAL)})
        days = {"min": today + timedelta(days=1), "max": today + timedelta(days=LONGEST)}
        self.fields["ends_on"].widget.attrs |= {name: value.isoformat() for name, value in days.items()}

    def clean_ends_on(self) -> date:
        """From tomorrow on, and not for ever."""
        ends_on: date = self.cleaned_data["ends_on"]
        if ends_on <= self.today:
            raise ValidationError(_("This is not after today."))
        if ends_on > self.today + timedelta(days=LONGEST):
            raise ValidationError(_("This is more than %(days)s days ahead.") % {"days": LONGEST})
        return ends_on

    def clean(self) -> dict[str, Any]:
        """Only who is scored has a band."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if not Standing.objects.of(self.account.workspace).filter(account_id=self.account.pk, is_scored=True).exists():
            raise ValidationError(_("The account is neither customer nor on trial, or not scored yet: it has no band."))
        return told


def band_page(form: BandForm) -> BandPage:
    """The page around a form."""
    account, row = form.account, form.running
    place = [account.workspace.slug, account.pk]
    first = next((name for name in form.fields if name in form.errors), "reason" if row else "band")
    form.fields[first].widget.attrs["autofocus"] = True
    return BandPage(
        title=_("Set the band by hand"),
        account=account.name,
        account_url=reverse("account", args=place),
        url=reverse("manual-band", args=place),
        form=form,
        running=_said(row, form.today) if row else "",
        take_back_url=reverse("end-manual-band", args=place) if row else "",
    )


def _said(row: ManualBand, today: date) -> str:
    words = _("Now %(band)s by hand until %(day)s, set by %(author)s.")
    return words % {
        "band": band_word(Band(row.band).name.lower()), "day": day(row.ends_on, today),
        "author": row.author or _("somebody"),
    }  # fmt: skip
