"""Accounts that would change colour: which way, whose they are, and their MRR."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.urls import reverse

from accounts.models import Account, Workspace
from accounts.models.ids import Ids
from dashboards.panels.figure import Figure
from metrics.comparing import Effect
from metrics.formulas.scoring import Ints
from metrics.models import Band
from metrics.models.snapshot import UNIT
from metrics.whatif import WhatIf


@dataclass(frozen=True)
class Moved:
    """An account with both its colours."""

    url: str
    name: str
    owner: str
    mrr: Figure
    was_band: str
    was: Decimal | None
    band: str
    score: Decimal | None


@dataclass(frozen=True)
class Named:
    """What an account is called, and its CSM; two may be called the same."""

    name: str
    owner: int | None
    csm: str


def sides(found: WhatIf) -> Effect:
    """The accounts as they stand, and as a card would have them."""
    now, new = found.stands, found.scores
    return Effect(
        accounts=now.accounts,
        bands=(now.band, new.band),
        scores=(now.score, new.score),
        scored=(now.scored, new.scored),
        mrr=np.where(now.rated, now.mrr, 0),
        rated=now.rated,
    )


def ways(found: Effect, places: Ints) -> dict[str, Ints]:
    """Of these places those that go down, those that go up, and those to or from grey, which is no way."""
    was, now = (bands[places] for bands in found.bands)
    grey = (was == Band.GREY) | (now == Band.GREY)
    return {"down": places[~grey & (now < was)], "up": places[~grey & (now > was)], "grey": places[grey]}


def names_of(workspace: Workspace, accounts: Ints) -> dict[int, Named]:
    """Account → its name and its CSM, of those that are still there. One query."""
    rows = Account.objects.of(workspace).filter(pk__among=Ids(accounts.tolist()))
    told = rows.values_list("pk", "name", "owner", "owner__user__name", "owner__user__email")
    return {pk: Named(name, owner, csm or email or "") for pk, name, owner, csm, email in told}


def moved_rows(workspace: Workspace, found: Effect, places: Ints, names: dict[int, Named]) -> tuple[Moved, ...]:
    """These accounts, in their order, as far as their names are known."""
    keys = [(place, int(found.accounts[place])) for place in places.tolist()]
    return tuple(_row(workspace, found, place, key, names[key]) for place, key in keys if key in names)


def mrr_of(workspace: Workspace, found: Effect, places: Ints) -> Figure:
    """The MRR of these accounts together, of those of which it is known."""
    return Figure("mrr", Decimal(int(found.mrr[places].sum())) / UNIT, workspace.currency)


def _row(workspace: Workspace, found: Effect, place: int, key: int, named: Named) -> Moved:
    (was_band, band), (was, score) = ([side[place] for side in both] for both in (found.bands, found.scores))
    was_scored, scored = (side[place] for side in found.scored)
    mrr = Decimal(int(found.mrr[place])) / UNIT if found.rated[place] else None
    return Moved(
        url=reverse("account", args=[workspace.slug, key]),
        name=named.name,
        owner=named.csm,
        mrr=Figure("mrr", mrr, workspace.currency),
        was_band=Band(int(was_band)).name.lower(),
        was=Decimal(int(was)) / UNIT if was_scored else None,
        band=Band(int(band)).name.lower(),
        score=Decimal(int(score)) / UNIT if scored else None,
    )
