"""The page of suggested weights: each of its states, who may ask, and the way into a draft."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import wake
from accounts.models import Account
from dashboards.panels.suggestion import _effect
from metrics.drafts import open_draft
from metrics.models import Band, Line, Scorecard, ScorecardVersion, Standing, Suggestion
from metrics.weights.run import begin
from tests.cast import NOW, Cast, account, night
from tests.dashboards.blocks import unexplained
from tests.dashboards.conftest import sign_in
from tests.metrics.cases import DAY, ago, term, told, use
from tests.metrics.weights.past import CAUSE, suggested

pytestmark = pytest.mark.django_db


def default(cast: Cast) -> Scorecard:
    return Scorecard.objects.of(cast.acme).get(name="Default")


def url(cast: Cast, do: str = "") -> str:
    return f"/w/acme/scorecards/{default(cast).pk}/suggestion{do}"


def text(cast: Cast, who: str = "carol") -> str:
    answer = sign_in(getattr(cast, who)).get(url(cast))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def state(cast: Cast, kind: Suggestion.State, result: dict[str, Any] | None = None, error: str = "") -> None:
    version = ScorecardVersion.objects.of(cast.acme).select_related("workspace").get(number=1)
    begun = begin(version, NOW)
    Suggestion.objects.of(cast.acme).filter(pk=begun.pk).update(state=kind, result=result, error=error, finished_at=NOW)


def queries(cast: Cast) -> int:
    client = sign_in(cast.carol)
    with CaptureQueriesContext(connection) as found:
        client.get(url(cast))
    return len(found)


def test_before_the_first_one_it_says_what_will_be_here(cast: Cast) -> None:
    page = text(cast)
    assert "No suggestion yet" in page
    assert "/suggestion/start" in page
    assert "/suggestion/start" not in text(cast, "bob")
    assert sign_in(cast.bob).post(url(cast, "/start")).status_code == 403


def test_asked_for_it_shows_how_far_it_is(cast: Cast, monkeypatch, django_capture_on_commit_callbacks) -> None:
    sent: list[tuple[str, int, int]] = []
    monkeypatch.setattr(wake, "send", lambda *asked: sent.append(asked))
    with django_capture_on_commit_callbacks(execute=True):
        answer = sign_in(cast.carol).post(url(cast, "/start"), follow=True)
    begun = Suggestion.objects.of(cast.acme).get()
    assert (begun.asked_by, sent) == (cast.carol, [("metrics.suggest", begun.pk, 2)])
    page = answer.content.decode()
    assert "Reading the past" in page
    assert 'hx-trigger="every 2s"' in page
    part = sign_in(cast.carol).get(url(cast), headers={"HX-Request": "true", "HX-Target": "suggestion"})
    assert part.content.decode().lstrip().startswith("<div")


def test_without_a_published_version_there_is_no_past(cast: Cast) -> None:
    scorecard = Scorecard.unscoped.create(workspace=cast.acme, name="New", position=1)
    new = f"/w/acme/scorecards/{scorecard.pk}/suggestion"
    assert b"no published version" in sign_in(cast.carol).get(new).content
    assert sign_in(cast.carol).post(f"{new}/start").status_code == 400


def test_weights_beside_todays_and_into_a_draft(cast: Cast) -> None:
    for name in ("harbor", "orchard"):
        complaints = [("feedback", {"id": f"{name}-{n}", "kind": "complaint", "given_at": ago(9)}) for n in range(3)]
        told(cast.acme, {name: [term(), *complaints, *(use(n, f"p{n % 9}") for n in range(1, 28))]})
    night(cast.acme, DAY)
    found = suggested(cast.acme)
    new = next(each["new"] for each in found.result["weights"] if each["measure"] == CAUSE)
    page = text(cast)
    assert f"{new:g}</td>" in page
    assert "+0." in page
    assert "2 of 2 accounts" in page
    assert unexplained(page) == []
    assert page.count('aria-label="becomes"') == 2
    assert "/suggestion/take" in page
    assert "/suggestion/take" not in text(cast, "bob")
    assert sign_in(cast.bob).post(url(cast, "/take")).status_code == 403
    before = queries(cast)
    Standing.objects.of(cast.acme).filter(account__external_id="orchard").delete()
    assert queries(cast) == before
    for unseen in ({}, {"suggestion": found.pk - 1}):
        assert b"not the newest" in sign_in(cast.carol).post(url(cast, "/take"), unseen).content
    assert f'name="suggestion" value="{found.pk}"' in page
    answer = sign_in(cast.carol).post(url(cast, "/take"), {"suggestion": found.pk})
    assert answer.url == f"/w/acme/scorecards/{default(cast).pk}"
    draft = open_draft(default(cast))
    assert Line.objects.of(cast.acme).get(version=draft, measure=CAUSE).weight == new


def test_to_or_from_grey_is_neither_better_nor_worse(cast: Cast) -> None:
    for name in ("harbor", "orchard", "nordlys"):
        account(cast.acme, name)

    def bands(*each: Band) -> SimpleNamespace:
        size = np.ones(len(each), np.int64)
        pks = np.array(Account.objects.of(cast.acme).order_by("pk").values_list("pk", flat=True)[: len(each)])
        return SimpleNamespace(
            accounts=pks, band=np.array(each), score=size, scored=size > 0, mrr=size * 10_000, rated=size > 0
        )

    now, new = bands(Band.GREY, Band.RED, Band.YELLOW), bands(Band.RED, Band.YELLOW, Band.GREY)
    effect = _effect(cast.acme, SimpleNamespace(stands=now, scores=new, moved=now.band != new.band))
    assert (effect.down, effect.up, effect.grey, effect.moved) == (0, 1, 2, 3)
    assert (effect.up_mrr.value, effect.grey_mrr.value) == (1, 2)


def test_a_refusal_says_why_and_offers_nothing(cast: Cast) -> None:
    part = {"first": "2024-01-31", "last": "2024-05-31", "days": 5, "rows": 50, "accounts": 12, "churned": 3}
    said = {"fitted": part, "judged": part | {"churned": 7}, "needed": 20, "gap": 104}
    state(cast, Suggestion.State.REFUSED, said | {"refused": "few"})
    page = text(cast)
    assert "No weights are suggested" in page
    assert "3 in the part to learn from, 7 in the part that judges; 20 are needed in each" in page
    assert "/suggestion/take" not in page
    newest = Suggestion.objects.of(cast.acme).get()
    assert sign_in(cast.carol).post(url(cast, "/take"), {"suggestion": newest.pk}).status_code == 400
    assert open_draft(default(cast)) is None


def test_a_gain_that_may_be_chance_is_shown_and_refused(cast: Cast) -> None:
    part = {"first": "2024-01-31", "last": "2024-05-31", "days": 5, "rows": 50, "accounts": 12, "churned": 30}
    aucs = {"auc_now": 0.5, "auc_new": 0.51, "gain": 0.01}
    found = {key: {"value": value, "low": value - 0.02, "high": value + 0.02} for key, value in aucs.items()}
    said = {"fitted": part, "judged": part, "needed": 20, "gap": 104, "by_line": True, "weights": []}
    state(cast, Suggestion.State.REFUSED, said | found | {"refused": "no gain"})
    page = text(cast)
    assert "between −0.010 and +0.030" in page
    assert "0.510" in page


def test_a_failure_is_told(cast: Cast) -> None:
    state(cast, Suggestion.State.FAILED, error="ValueError: no such thing")
    assert "no such thing" in text(cast)


def test_one_of_an_older_version_is_not_offered(cast: Cast) -> None:
    found = suggested(cast.acme)
    newer = {"scorecard": found.scorecard, "number": 2, "published_at": timezone.now()}
    ScorecardVersion.unscoped.create(workspace=cast.acme, **newer)
    page = text(cast)
    assert "This was worked out for version 1; version 2 has been published since" in page
    assert "/suggestion/take" not in page
    assert sign_in(cast.carol).post(url(cast, "/take"), {"suggestion": found.pk}).status_code == 400


def test_another_workspaces_is_not_found(cast: Cast) -> None:
    assert sign_in(cast.mallory).get(url(cast)).status_code == 404
