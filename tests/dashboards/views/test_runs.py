"""The nights: progress while they run, failures by shard."""

from __future__ import annotations

from datetime import date

from accounts.models import Workspace
from dashboards.panels.nights import last_night
from dashboards.panels.runs import POLL_LIVE, POLL_QUIET, runs_of
from metrics.models import Run, Shard
from tests.cast import Cast, account
from tests.dashboards.conftest import NOW, sign_in

DAY = date(2025, 6, 30)


def run(workspace: Workspace, day: date, state: str, shards: list[str]) -> Run:
    row = Run.unscoped.create(
        workspace=workspace, day=day, known_day=day, state=state, opened_at=NOW, moved_at=NOW, accounts=3,
        published_attempt=1 if state == Run.State.PUBLISHED else None, published_at=NOW, digest="9f86d081884c7d65",
    )  # fmt: skip
    for n, each in enumerate(shards):
        failed = each == Shard.State.DEAD
        Shard.unscoped.create(
            workspace=workspace, run=row, number=n, first_account=n, last_account=n, state=each,
            failures=3 if failed else 0, error="ValueError: spend of account 7" if failed else "",
        )  # fmt: skip
    return row


def test_a_night_under_way_shows_how_far_it_is(cast: Cast) -> None:
    run(cast.acme, DAY, Run.State.SCORES, ["read", "scored", "scored"])
    panel = runs_of(cast.alice, 1, NOW)
    row = panel.runs[0]
    assert (row.done, row.steps, row.shards_done, row.shards) == (5, 6, 2, 3)
    assert row.is_live
    assert panel.poll == POLL_LIVE
    page = sign_in(cast.alice).get("/w/acme/runs").content.decode()
    assert f'hx-trigger="every {POLL_LIVE}s"' in page
    assert '<progress class="progress"' in page


def test_a_published_night_shows_its_digest(cast: Cast) -> None:
    run(cast.acme, DAY, Run.State.PUBLISHED, ["scored"])
    assert runs_of(cast.alice, 1, NOW).poll == POLL_QUIET
    assert "9f86d081884c" in sign_in(cast.victor).get("/w/acme/runs").content.decode()


def test_a_failed_shard_says_why_and_the_portfolio_says_so(cast: Cast) -> None:
    account(cast.acme, "sable")
    run(cast.acme, DAY, Run.State.PARTIAL, ["scored", "dead"])
    page = sign_in(cast.alice).get("/w/acme/runs").content.decode()
    assert "ValueError: spend of account 7" in page
    assert "3 times" in page
    assert "Jun 30 is incomplete" in last_night(cast.acme, date(2025, 7, 1)).alert


def test_scores_that_grew_old_say_so(cast: Cast) -> None:
    run(cast.acme, DAY, Run.State.PUBLISHED, [])
    assert last_night(cast.acme, date(2025, 7, 1)).alert == ""
    assert "scores are those of Jun 30" in last_night(cast.acme, date(2025, 7, 5)).alert


def test_no_run_yet_says_when_the_first_begins(cast: Cast) -> None:
    assert "No run yet" in sign_in(cast.victor).get("/w/acme/runs").content.decode()


def test_runs_of_another_workspace_are_not_there(cast: Cast) -> None:
    run(cast.acme, DAY, Run.State.PUBLISHED, [])
    assert sign_in(cast.mallory).get("/w/acme/runs").status_code == 404
    assert runs_of(cast.mallory, 1, NOW).runs == ()
