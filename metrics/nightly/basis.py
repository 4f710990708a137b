"""By what standings are scored by day: the newest night, and the versions that were published since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.models import Workspace
from metrics.formulas.scoring import Floats, rank_borders
from metrics.measures.value import onboarding_steps
from metrics.models import Rank, Run
from metrics.nightly.readings import feature_list, tracked
from metrics.nightly.stands import Stands, ranks_among, stands
from metrics.pulls import pulls
from metrics.registry import AsOf
from metrics.scorecards import Card, cards


def basis(workspace: Workspace, moment: datetime) -> Run:
    """By what to score the standings of a moment's day: measures, what is tracked, ranks and borders."""
    today = workspace.day_of(moment)
    last, chosen = last_night(workspace, today), cards(workspace)
    if last.pk and any(_is_late(card, last) for card in chosen):
        last = _take_over(last, chosen, today)
    # Measures that no night has read come last.
    asked = (key for card in chosen for key in card.measures)
    last.measures = list(dict.fromkeys([*last.measures, *asked]))
    last.tracked = tracked(AsOf(workspace, today, today, ()), last.measures)
    return last


def last_night(workspace: Workspace, today: date) -> Run:
    """The published run of the latest day; before the first night, one made up."""
    last = Run.objects.of(workspace).published().select_related("workspace").order_by("-day").first()
    if last is None:
        last = Run(workspace=workspace, day=today, known_day=today, attempt=0)
        last.features = feature_list(workspace, today, today)
        last.steps = onboarding_steps(workspace, today, today)
    return last


def _is_late(card: Card, run: Run) -> bool:
    """Whether a version was published after the run, or what took over after it."""
    return card.version.published_at is not None and card.version.published_at > run.cards_at


def _take_over(run: Run, chosen: list[Card], today: date) -> Run:
    """Fix among which values, and between which scores, versions rank that were published after the night. Once: who
    comes second finds it done."""
    with transaction.atomic():
        rows = Run.objects.of(run.workspace).select_related("workspace").select_for_update(of=("self",))
        run = rows.get(pk=run.pk)
        late = [card for card in chosen if _is_late(card, run)]
        for card in late:
            _keep(run, card, ranking_of(card, run, today))
        if late:
            run.steered_at = max(card.version.published_at for card in late if card.version.published_at)
            run.save(update_fields=["steered_at", "borders"])
    return run


@dataclass(frozen=True)
class Ranking:
    """How a version that is newer than the night ranks: the values per line, and the borders of bands by rank, in
    1/10,000 point, where it has those."""

    stands: Stands
    tracked: set[str]
    ranks: dict[int, Floats]
    borders: tuple[int, int] | None


def ranking_of(card: Card, run: Run, today: date) -> Ranking:
    """How a version would rank the accounts of its scorecard as they stand."""
    found = stands(card.version.scorecard, card.measures, run, today)
    known = set(tracked(AsOf(run.workspace, today, today, ()), card.measures))
    ranks, borders = ranks_among(run, card, found), None
    if card.version.bands_by_rank:
        made = pulls(card, known, found.values, ranks, len(found.accounts))
        borders = rank_borders(made.score[made.scored])
    return Ranking(found, known, ranks, borders)


def _keep(run: Run, card: Card, ranking: Ranking) -> None:
    version = card.version.pk
    Rank.objects.of(run.workspace).filter(run=run, version_id=version).delete()
    Rank.unscoped.bulk_create(
        Rank(workspace=run.workspace, run=run, version_id=version, position=position, values=values.tolist())
        for position, values in ranking.ranks.items()
    )
    run.borders.pop(str(version), None)
    if ranking.borders is not None:
        run.borders[str(version)] = ranking.borders
