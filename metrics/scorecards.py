"""The scorecard that a new workspace starts with, and which scorecard scores which account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Func, Max, Q, Value
from django.utils import timezone

from accounts.models import Stage, Workspace
from metrics.models import Band, Cap, Line, Run, Scorecard, ScorecardVersion
from metrics.registry import MEASURES

# The order of metrics.md 3, in which the default scorecard lists its lines.
GROUPS = ("usage", "value", "commercial", "support", "complaints", "sentiment", "engagement", "advocacy")
# Name, days it should take, the KPI by which it is judged.
DEFAULT_STAGES = [
    ("Onboarding", 60, "usage.time_to_first_value"),
    ("Adoption", 120, "usage.usage_rate"),
    ("Growth", 365, "revenue.nrr"),
    ("Renewal", 90, "retention.renewal"),
    ("Advocate", None, "satisfaction.nps"),
]

# In a workspace of purchases there are no terms whose amount could rise or fall. How lately, how often and how much
# an account buys takes the place of that line.
PURCHASE_WEIGHTS = {
    "commercial.spend_trend": 0,
    "commercial.days_since_purchase": 10,
    "commercial.purchase_frequency": 8,
    "commercial.purchases_365d": 8,
}

# Name, at most this band, all of these conditions (metrics.md 4.6).
DEFAULT_CAPS: list[tuple[str, Band, list[list[Any]]]] = [
    ("Invoice 60 days overdue", Band.RED, [["commercial.days_past_due", ">=", 60]]),
    ("Invoice 30 days overdue", Band.YELLOW, [["commercial.days_past_due", ">=", 30]]),
    ("Complaint open for more than 14 days", Band.RED, [["complaints.oldest_open_complaint", ">", 14]]),
    (
        "Three complaints in 90 days, one open",
        Band.YELLOW,
        [["complaints.complaints", ">=", 3], ["complaints.unresolved_complaints", ">=", 1]],
    ),
    ("No use for 28 days", Band.YELLOW, [["usage.days_since_last_use", ">=", 28]]),
    ("Notice given", Band.RED, [["commercial.notice_given", ">=", 1]]),
    ("Champion left", Band.YELLOW, [["engagement.champion_left", ">=", 1]]),
]


@transaction.atomic
def create_workspace(slug: str, name: str, **fields: Any) -> Workspace:
    """A workspace with the default stages and the default scorecard. Raises IntegrityError for a taken slug."""
    workspace = Workspace.objects.create(slug=slug, name=name, **fields)
    Stage.unscoped.bulk_create(
        Stage(workspace=workspace, name=title, position=n, target_days=days, kpi=kpi)
        for n, (title, days, kpi) in enumerate(DEFAULT_STAGES)
    )
    publish_default(workspace, timezone.now())
    return workspace


def publish_default(workspace: Workspace, moment: datetime, name: str = "Default", **fields: Any) -> ScorecardVersion:
    """Make a scorecard of all measures that have a default weight in such a workspace, with the default caps."""
    scorecard = Scorecard.unscoped.create(workspace=workspace, name=name, **fields)
    version = ScorecardVersion.unscoped.create(workspace=workspace, scorecard=scorecard, number=1)
    fill_default(version)
    version.published_at = moment
    version.save(update_fields=["published_at"])
    return version


def fill_default(version: ScorecardVersion) -> None:
    """Give an empty version the default lines and caps."""
    workspace = version.workspace
    weights = default_weights(workspace)
    weighted = sorted((m for m in MEASURES.values() if weights[m.key]), key=lambda m: GROUPS.index(m.group))
    Line.unscoped.bulk_create(
        Line(
            workspace=workspace,
            version=version,
            position=n,
            measure=measure.key,
            weight=weights[measure.key],
            worst=measure.worst,
            neutral=measure.neutral,
            best=measure.best,
            by_rank=measure.by_rank,
        )
        for n, measure in enumerate(weighted)
    )
    Cap.unscoped.bulk_create(
        Cap(workspace=workspace, version=version, position=n, name=title, band=band, conditions=conditions)
        for n, (title, band, conditions) in enumerate(DEFAULT_CAPS)
    )


def default_weights(workspace: Workspace) -> dict[str, float]:
    """Measure → its weight in the default scorecard of a workspace of this kind; 0: no line."""
    of_kind = {} if workspace.has_terms else PURCHASE_WEIGHTS
    return {key: of_kind.get(key, measure.weight) for key, measure in MEASURES.items()}


@dataclass(frozen=True)
class Card:
    """A published version with its lines and caps, ready to score with."""

    version: ScorecardVersion
    lines: tuple[Line, ...]
    caps: tuple[Cap, ...]

    @property
    def is_points(self) -> bool:
        return self.version.scorecard.kind == Scorecard.Kind.POINTS

    @property
    def weights(self) -> list[float]:
        """What each line counts in coverage: its weight; in a scorecard of points, the most it can give or take."""
        if not self.is_points:
            return [line.weight for line in self.lines]
        return [max((abs(points) for *_, points in line.steps), default=0.0) for line in self.lines]

    @property
    def cap_measures(self) -> list[str]:
        """The measures its caps read, each once, in the order of the caps."""
        return list(dict.fromkeys(condition[0] for cap in self.caps for condition in cap.conditions))

    @property
    def measures(self) -> list[str]:
        return list(dict.fromkeys([line.measure for line in self.lines] + self.cap_measures))


def cards(workspace: Workspace, at: datetime | None = None) -> list[Card]:
    """The latest version of each scorecard that was published and not yet closed (by a moment), in the order in which
    accounts look for theirs."""
    moment = at or timezone.now()
    newest = (
        ScorecardVersion.objects.of(workspace)
        .filter(Q(scorecard__closed_at=None) | Q(scorecard__closed_at__gt=moment), published_at__lte=moment)
        .order_by("scorecard_id", "-number")
        .distinct("scorecard_id")
    )
    versions = list(
        ScorecardVersion.objects.of(workspace).filter(pk__in=newest.values("pk")).select_related("scorecard")
    )
    return load_cards(workspace, sorted(versions, key=lambda v: (v.scorecard.position, v.scorecard_id)))


def load_cards(workspace: Workspace, versions: list[ScorecardVersion]) -> list[Card]:
    """Versions with their lines and caps: two queries for all."""
    ids = [version.pk for version in versions]
    lines = list(Line.objects.of(workspace).filter(version_id__in=ids).order_by("position"))
    caps = list(Cap.objects.of(workspace).filter(version_id__in=ids).order_by("position"))
    return [
        Card(
            version,
            tuple(line for line in lines if line.version_id == version.pk),
            tuple(cap for cap in caps if cap.version_id == version.pk),
        )
        for version in versions
    ]


def cards_by_id(workspace: Workspace, ids: Iterable[int]) -> dict[int, Card]:
    """Versions of a workspace by their ids, the first first, with their lines and caps."""
    rows = ScorecardVersion.objects.of(workspace).filter(pk__in=list(ids)).select_related("scorecard").order_by("pk")
    return {version.pk: card_of(version) for version in rows}


def card_of(version: ScorecardVersion) -> Card:
    """A version, published or not, with its lines and caps."""
    return published_card(version) if version.published_at else load_cards(version.workspace, [version])[0]


def published_card(version: ScorecardVersion) -> Card:
    """A published version with its lines and caps. These never change, so each process reads them once."""
    return Card(version, *_rules(version.workspace_id, version.pk, version.published_at))


@lru_cache(maxsize=256)
def _rules(workspace: int, version: int, published_at: datetime) -> tuple[tuple[Line, ...], tuple[Cap, ...]]:
    lines = Line.objects.of(workspace).filter(version_id=version).order_by("position")
    caps = Cap.objects.of(workspace).filter(version_id=version).order_by("position")
    return tuple(lines), tuple(caps)


def card_for(cards: list[Card], segment: str, stage: str) -> Card | None:
    """The first scorecard for accounts of this segment and stage. One that was closed after the moment of these cards
    is among them, and goes on."""
    scorecards = ((card, card.version.scorecard) for card in cards)
    return next((card for card, its in scorecards if its.has_segment(segment) and its.has_stage(stage)), None)


def hold_cards(workspace: Workspace) -> None:
    """Until the transaction ends: no night opens while somebody publishes or closes, and the other way round."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext('metrics_scorecardversion'))", [workspace.pk % 2**31])


def moment_of_change(workspace: Workspace, moment: datetime) -> datetime:
    """When what is published or closed now counts as such: after all nights that are open, which do not know it, and
    after what was published before, however long the decision took to be stored."""
    hold_cards(workspace)
    nights = Run.objects.of(workspace).aggregate(opened=Max("opened_at"), steered=Max("steered_at"))
    versions = ScorecardVersion.objects.of(workspace).aggregate(published=Max("published_at"))
    earlier = [told for told in (nights | versions).values() if told is not None]
    return max([moment, *(told + timedelta(microseconds=1) for told in earlier)])


def rename_stage(workspace: Workspace, old: str, new: str) -> None:
    """A scorecard for a stage is one for it under its new name."""
    cards = Scorecard.objects.of(workspace).filter(stages__contains=[old])
    cards.update(stages=Func("stages", Value(old), Value(new), function="array_replace"))


def rename_segment(workspace: Workspace, old: str, new: str) -> None:
    """A scorecard for a segment takes the new name besides: on past days the accounts bear the old one."""
    cards = Scorecard.objects.of(workspace).filter(segments__contains=[old]).exclude(segments__contains=[new])
    cards.update(segments=Func("segments", Value(new), function="array_append"))
