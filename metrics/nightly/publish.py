"""One UPDATE publishes a night: until it commits, every page shows the day before."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg2.extras import Json

from accounts.models import Workspace
from metrics.models import Reading, Run, ScoreSnapshot, Standing
from metrics.scorecards import Card, cards_by_id
from metrics.sql import statement

DAYS_UNUSED = "usage.days_since_last_use"


def publish(run: Run) -> None:
    """Make the run's attempt the published one and move the standings that are not of a later day.

    Called inside the transaction that holds the run; everything becomes visible together.
    """
    run.digest = digest(run)
    run.bands_changed = _bands_changed(run)
    run.restated_at = timezone.now() if run.published_attempt else None
    run.published_attempt, run.published_at, run.state = run.attempt, timezone.now(), Run.State.PUBLISHED
    run.counted_at = None
    run.save()
    ScoreSnapshot.objects.of(run.workspace).filter(day=run.day).exclude(attempt=run.attempt).delete()
    Reading.objects.of(run.workspace).filter(run=run).delete()
    newest = Run.objects.of(run.workspace).published().order_by("-day").first()
    write_standings(run, "metrics_scoresnapshot", run.attempt, rebuild=run.restated_at is not None or run != newest)
    # Who is no longer scored keeps the last score.
    Standing.objects.of(run.workspace).filter(day__lt=newest.day, is_scored=True).update(is_scored=False)


def digest(run: Run) -> str:
    """64 letters that are equal for equal scores; when and by whom they were computed is left out."""
    with connection.cursor() as cursor:
        cursor.execute(statement("digest"), {"workspace": run.workspace_id, "day": run.day, "attempt": run.attempt})
        return str(cursor.fetchone()[0])


def _bands_changed(run: Run) -> bool:
    """Whether the held bands differ from the attempt that was published before, so that the next day must follow."""
    if run.published_attempt is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM (SELECT * FROM metrics_scoresnapshot WHERE workspace_id = %(ws)s AND"
            " day = %(day)s AND attempt = %(new)s) n FULL JOIN (SELECT * FROM metrics_scoresnapshot WHERE"
            " workspace_id = %(ws)s AND day = %(day)s AND attempt = %(old)s) o USING (account_id) WHERE"
            " (n.version_id, n.held_band, n.across, n.caps, n.manual) IS DISTINCT FROM"
            " (o.version_id, o.held_band, o.across, o.caps, o.manual))",
            {"ws": run.workspace_id, "day": run.day, "new": run.attempt, "old": run.published_attempt},
        )
        return bool(cursor.fetchone()[0])


def redraw_standings(workspace: Workspace) -> None:
    """Draw the standings of the newest night anew, after the days behind their lines have changed."""
    newest = Run.objects.of(workspace).published().select_related("workspace").order_by("-day").first()
    if newest is not None:
        write_standings(newest, "metrics_scoresnapshot", newest.published_attempt, rebuild=True)


def write_standings(run: Run, table: str, attempt: int | None, rebuild: bool, day: object = None) -> None:
    """Rows of `table` (snapshots, or a temporary table shaped like them) become standings."""
    day = day or run.day
    with connection.cursor() as cursor:
        cursor.execute(
            statement("standings").format(scored=table),
            {
                "workspace": run.workspace_id,
                "day": day,
                "end": run.workspace.end_of(day),  # type: ignore[arg-type]
                "attempt": attempt,
                "rebuild": rebuild,
                "cards": Json([_places(card, set(run.tracked)) for card in _cards(run, table, day)]),
            },
        )


def _cards(run: Run, table: str, day: object) -> list[Card]:
    """Those by which the rows were scored."""
    used = f"SELECT DISTINCT version_id FROM {table} WHERE workspace_id = %s AND day = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(used, [run.workspace_id, day])
        ids = [row[0] for row in cursor.fetchall()]
    return list(cards_by_id(run.workspace, ids).values())


def _places(card: Card, tracked: set[str]) -> dict[str, Any]:
    """Where a version's values stand, counted from 1."""
    values = [*(line.measure for line in card.lines), *card.cap_measures]
    return {
        "version": card.version.pk,
        "use_at": values.index(DAYS_UNUSED) + 1 if DAYS_UNUSED in values else None,
        "is_use_told": DAYS_UNUSED in tracked,
        "asked": [
            n
            for n, (line, weight) in enumerate(zip(card.lines, card.weights, strict=True), 1)
            if weight and line.measure in tracked
        ],
    }
