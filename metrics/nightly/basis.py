"""By what standings are scored by day: the newest night, and the versions that were published since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
    if _late(chosen, last):
        last = _take_over(last, chosen, today)
    return _asking(last, chosen, today)


def as_steered(workspace: Workspace, moment: datetime) -> Run:
    """The same for few accounts: what was published since has not taken over yet, if nobody saw to it."""
    today = workspace.day_of(moment)
    last = last_night(workspace, today)
    return _asking(last, steering(last), today)


def steering(run: Run) -> list[Card]:
    """The cards that score by day: what is open, as published when the run was opened or others took over."""
    found = cards(run.workspace, run.cards_at if run.pk else None)
    late = _late(found, run)
    return [card for card in found if card.version.scorecard.closed_at is None and card not in late]


def still_steering(run: Run) -> list[Card] | None:
    """The cards that score by day while a basis still is one: no newer night, nothing that has to take over, nothing
    that it does not read."""
    last, chosen = last_night(run.workspace, run.day), steering(run)
    same = (last.pk, last.published_attempt, last.cards_at) == (run.pk, run.published_attempt, run.cards_at)
    asked = {key for card in chosen for key in card.measures}
    return chosen if same and not _late(cards(run.workspace), run) and asked <= set(run.measures) else None


def _asking(run: Run, chosen: list[Card], today: date) -> Run:
    # Measures that no night has read come last.
    asked = (key for card in chosen for key in card.measures)
    run.measures = list(dict.fromkeys([*run.measures, *asked]))
    run.tracked = tracked(AsOf(run.workspace, today, today, ()), run.measures)
    return run


def last_night(workspace: Workspace, today: date) -> Run:
    """The published run of the latest day; before the first night, one made up."""
    last = Run.objects.of(workspace).published().select_related("workspace").order_by("-day").first()
    if last is None:
        last = Run(workspace=workspace, day=today, known_day=today, attempt=0)
        last.features = feature_list(workspace, today, today)
        last.steps = onboarding_steps(workspace, today, today)
    return last


def _late(chosen: list[Card], run: Run) -> list[Card]:
    """Those that have to take over first: published after the run, or what took over after it; or it holds no ranks
    or borders of theirs, as their scorecard was closed that night."""
    if not run.pk:
        return []
    ranked = set(Rank.objects.of(run.workspace).filter(run=run).values_list("version_id", flat=True).distinct())
    return [card for card in chosen if _is_new(card, run) or _is_unranked(card, run, ranked)]


def _is_new(card: Card, run: Run) -> bool:
    return card.version.published_at is not None and card.version.published_at > run.cards_at


def _is_unranked(card: Card, run: Run, ranked: set[int]) -> bool:
    version = card.version
    lacks_ranks = version.pk not in ranked and any(line.by_rank for line in card.lines)
    return lacks_ranks or (version.bands_by_rank and str(version.pk) not in run.borders)


def _take_over(run: Run, chosen: list[Card], today: date) -> Run:
    """Fix among which values, and between which scores, versions rank that were published after the night. Once: who
    comes second finds it done."""
    with transaction.atomic():
        rows = Run.objects.of(run.workspace).select_related("workspace").select_for_update(of=("self",))
        run = rows.get(pk=run.pk)
        late = _late(chosen, run)
        for card in late:
            _keep(run, card, ranking_of(card, run, today))
        if late:
            # Another moment than before, by which processes know that what they keep of the ranks is old.
            since = run.cards_at + timedelta(microseconds=1)
            run.steered_at = max(since, *(c.version.published_at for c in late if c.version.published_at))
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


def ranking_of(card: Card, run: Run, today: date, among: Stands | None = None) -> Ranking:
    """How a version would rank the accounts of its scorecard as they stand; `among`: where they have been read."""
    found = among or stands(card.version.scorecard, card.measures, run, today)
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
    run.borders[str(version)] = ranking.borders
