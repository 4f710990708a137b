"""The nights: how far each is, how long it took, what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from accounts.models import Membership, Workspace
from dashboards.panels.lists import PAGE_SIZE, Pager, pager, way_to_sources
from metrics.models import Run, Shard

BANDS = {Run.State.PUBLISHED: "green", Run.State.PARTIAL: "red"}
FAILURES = 20
POLL_LIVE, POLL_QUIET = 2, 20


@dataclass(frozen=True)
class Failure:
    """What went wrong in a shard, and how often."""

    shard: int
    times: int
    error: str


@dataclass(frozen=True)
class RunRow:
    """One night. `done` of `steps`: each shard is read, then scored."""

    day: date
    attempt: int
    state: str
    band: str
    is_live: bool
    steps: int
    done: int
    shards: int
    shards_done: int
    dead: int
    accounts: int
    took: timedelta
    published_at: datetime | None
    restated_at: datetime | None
    digest: str
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Runs:
    """All that the page shows; the first page asks again after `poll` seconds, 0 is never."""

    url: str
    today: date
    poll: int
    runs: tuple[RunRow, ...]
    pager: Pager
    sources_url: str


def runs_of(member: Membership, page: int, now: datetime) -> Runs:
    """One page of nights, the newest first. Four queries."""
    workspace = member.workspace
    url = reverse("runs", args=[workspace.slug])
    found = Run.objects.of(workspace).order_by("-day")
    total = found.count()
    first = (page - 1) * PAGE_SIZE
    runs = list(found[first : first + PAGE_SIZE])
    ids = [run.pk for run in runs]
    counts, failures = _counts(workspace, ids), _failures(workspace, ids)
    rows = tuple(_row(run, counts.get(run.pk, {}), failures.get(run.pk, ()), now) for run in runs)
    return Runs(
        url=url,
        today=workspace.day_of(now),
        poll=0 if page > 1 else POLL_LIVE if any(row.is_live for row in rows) else POLL_QUIET,
        runs=rows,
        pager=pager(page, total, lambda number: f"{url}?page={number}" if number > 1 else url),
        sources_url=way_to_sources(member),
    )


def _counts(workspace: Workspace, runs: list[int]) -> dict[int, dict[str, int]]:
    rows = Shard.objects.of(workspace).filter(run_id__in=runs).order_by().values("run_id")
    grouped = rows.annotate(
        shards=Count("pk"),
        read=Count("pk", filter=Q(state=Shard.State.READ)),
        scored=Count("pk", filter=Q(state=Shard.State.SCORED)),
        dead=Count("pk", filter=Q(state=Shard.State.DEAD)),
    )
    return {row["run_id"]: row for row in grouped}


def _failures(workspace: Workspace, runs: list[int]) -> dict[int, tuple[Failure, ...]]:
    rows = Shard.objects.of(workspace).filter(run_id__in=runs, failures__gt=0).exclude(error="")
    found: dict[int, tuple[Failure, ...]] = {}
    fields = ("run_id", "number", "failures", "error")
    for run, number, times, error in rows.order_by("-run__day", "number").values_list(*fields)[:FAILURES]:
        words = error.strip().splitlines()[-1][:300] if error.strip() else ""
        found[run] = (*found.get(run, ()), Failure(number, times, words))
    return found


def _row(run: Any, counts: dict[str, int], failures: tuple[Failure, ...], now: datetime) -> RunRow:
    shards, read, scored = counts.get("shards", 0), counts.get("read", 0), counts.get("scored", 0)
    live = run.state in (Run.State.READINGS, Run.State.SCORES)
    reading = run.state == Run.State.READINGS
    end = now if live else (run.published_at or run.moved_at)
    return RunRow(
        day=run.day,
        attempt=run.attempt,
        state=run.get_state_display(),
        band=BANDS.get(run.state, "grey"),
        is_live=live,
        steps=2 * shards,
        done=read + 2 * scored,
        shards=shards,
        shards_done=read + scored if reading else scored,
        dead=counts.get("dead", 0),
        accounts=run.accounts,
        took=max(end - run.opened_at, timedelta(0)),
        published_at=run.published_at,
        restated_at=run.restated_at,
        digest=run.digest,
        failures=failures,
    )
