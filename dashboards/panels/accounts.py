"""Every account that is known, customer or not, in the order of the alphabet."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account, AccountTag, Membership, Tag, Workspace
from dashboards.panels.bulk_bar import Bar, bar
from dashboards.panels.figure import Figure
from dashboards.panels.lists import PAGE_SIZE, Link, Pager, files, pager, way_to_sources
from metrics.models import Band, Standing
from metrics.models.snapshot import UNIT


@dataclass(frozen=True)
class Row:
    """One account; without a standing it was never scored."""

    key: int
    url: str
    name: str
    external_id: str
    segment: str
    stage: str
    owner: str
    team: str
    state: str
    band: str
    is_by_hand: bool
    score: Decimal | None
    mrr: Figure


@dataclass(frozen=True)
class Accounts:
    """All that the page shows."""

    url: str
    here: str
    query: str
    tag: str
    total: int
    rows: tuple[Row, ...]
    pager: Pager
    bulk: Bar | None
    sources_url: str
    files: tuple[Link, ...]


def accounts_of(member: Membership, query: str, page: int, tag: int | None = None) -> Accounts:
    """One page of the list, of all accounts or those with a tag. Three queries, four with a tag."""
    workspace = member.workspace
    url = reverse("accounts", args=[workspace.slug])

    def address(number: int) -> str:
        pairs = (("q", query), ("tag", tag), ("page", number if number > 1 else ""))
        asked = {name: value for name, value in pairs if value}
        return f"{url}?{urlencode(asked)}" if asked else url

    found = known_accounts(workspace, query, tag)
    total = found.count()
    first = (page - 1) * PAGE_SIZE
    accounts = list(found.select_related("owner__user", "team", "stage")[first : first + PAGE_SIZE])
    standings = _standings(member, [account.pk for account in accounts])
    return Accounts(
        url=url,
        here=address(page),
        query=query,
        tag=_tag_name(member, tag),
        total=total,
        rows=tuple(_row(member, account, standings.get(account.pk)) for account in accounts),
        pager=pager(page, total, address),
        bulk=bar(member, "accounts", (("q", query), *([("tag", str(tag))] if tag else [])), address(page), total),
        sources_url=way_to_sources(member),
        files=files(lambda form: reverse("accounts-file", args=[workspace.slug, form]), address(1)),
    )


def known_accounts(workspace: Workspace, query: str, tag: int | None) -> Any:
    """All accounts by name, or those with a word in it, or with a tag."""
    found = Account.objects.of(workspace)
    found = found.filter(name__icontains=query) if query else found
    if tag is not None:
        found = found.filter(pk__in=AccountTag.objects.of(workspace).filter(tag=tag).values("account"))
    return found.order_by(Upper("name"), "pk")


def _tag_name(member: Membership, tag: int | None) -> str:
    """What the tag is called; a dash for one that is not there."""
    if tag is None:
        return ""
    return Tag.objects.of(member.workspace).filter(pk=tag).values_list("name", flat=True).first() or "–"


def _standings(member: Membership, ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = Standing.objects.of(member.workspace).filter(account_id__in=ids)
    fields = ("account_id", "band", "manual", "score_units", "mrr_units", "is_scored")
    return {row["account_id"]: row for row in rows.values(*fields)}


def _row(member: Membership, account: Account, standing: dict[str, Any] | None) -> Row:
    units = standing["score_units"] if standing else None
    return Row(
        key=account.pk,
        url=reverse("account", args=[member.workspace.slug, account.pk]),
        name=account.name,
        external_id=account.external_id,
        segment=account.segment,
        stage=account.stage.name if account.stage else "",
        owner=str(account.owner) if account.owner else "",
        team=account.team.name if account.team else "",
        state=_state(standing),
        band=Band(standing["band"]).name.lower() if standing else "grey",
        is_by_hand=bool(standing and standing["manual"]),
        score=None if units is None else Decimal(units) / UNIT,
        mrr=Figure("mrr", _amount(standing), member.workspace.currency),
    )


def _amount(standing: dict[str, Any] | None) -> Decimal | None:
    """MRR; None where there is no standing, or no rate for a currency."""
    units = standing["mrr_units"] if standing else None
    return None if units is None else Decimal(units) / UNIT


def _state(standing: dict[str, Any] | None) -> str:
    if standing is None:
        return _("never scored")
    return "" if standing["is_scored"] else _("not a customer")
