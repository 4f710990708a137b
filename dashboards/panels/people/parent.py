"""The form that says which account stands above another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ingest
from accounts.batch import Batch, Status
from accounts.facts import AccountItem
from accounts.models import Account, Source

CHOICES = 200


class ParentForm(forms.Form):
    """By external id, or by a name that only one account has; empty is none."""

    parent = forms.CharField(
        label=gettext_lazy("Parent"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"list": "accounts", "autofocus": True}),
        help_text=gettext_lazy("Its name or its id. Empty: none."),
    )

    def __init__(self, account: Any, data: Any = None) -> None:
        self.account = account
        above = Account.objects.of(account.workspace).filter(pk=account.parent_id).first()
        super().__init__(data, initial={"parent": above.name if above else ""})

    def clean_parent(self) -> str | None:
        """The external id of who is meant. Raises ValidationError."""
        told = self.cleaned_data["parent"].strip()
        if not told:
            return None
        accounts = Account.objects.of(self.account.workspace)
        by_id = accounts.filter(external_id=told).first()
        found = [by_id] if by_id else list(accounts.filter(name__iexact=told)[:2])
        if not found:
            raise ValidationError(_("No account has this name or id."))
        if len(found) > 1:
            raise ValidationError(_("Several accounts are called so: give the id."))
        return str(found[0].external_id)

    def save(self, now: datetime) -> bool:
        """Tell ingest, as a file or a program would; what it has against it stands in the form."""
        workspace = self.account.workspace
        item = AccountItem(id=self.account.external_id, parent=self.cleaned_data["parent"])
        [result] = ingest.record(Batch(workspace, Source.by_hand(workspace, now), "accounts", [item], received_at=now))
        if result.status is Status.REJECTED:
            self.add_error("parent", _("Then this account would stand above itself."))
        return result.status is not Status.REJECTED


@dataclass(frozen=True)
class ParentPage:
    """The form with what stands around it."""

    title: str
    account: str
    account_url: str
    url: str
    form: ParentForm
    names: tuple[str, ...]


def parent_page(form: ParentForm) -> ParentPage:
    """One query: some names to choose from."""
    account = form.account
    place = [account.workspace.slug, account.pk]
    others = Account.objects.of(account.workspace).exclude(pk=account.pk).order_by("name")
    return ParentPage(
        title=_("Change the parent"),
        account=account.name,
        account_url=reverse("account-people", args=place),
        url=reverse("account-parent", args=place),
        form=form,
        names=tuple(others.values_list("name", flat=True)[:CHOICES]),
    )
