"""The page of a back-test: what it says, honestly, and who may begin one."""

from __future__ import annotations

import pytest

from metrics.models import Backtest, Scorecard, ScorecardVersion
from tests.cast import PASSWORD
from tests.dashboards.blocks import unexplained
from tests.metrics.backtest.past import judged_past

pytestmark = pytest.mark.django_db


def address(workspace, end=""):
    card = Scorecard.objects.of(workspace).get()
    return f"/w/{workspace.slug}/scorecards/{card.pk}/backtest{end}"


def page(client, member, path, **more):
    client.login(email=member.user.email, password=PASSWORD)
    return client.get(path, **more)


def test_nothing_yet_says_what_will_be_here(client, acme, bob):
    shown = page(client, bob, address(acme)).content.decode()
    assert "Not judged yet" in shown and "/backtest/start" not in shown


def test_a_score_that_predicts(client, acme, bob):
    said = judged_past(acme).result
    shown = page(client, bob, address(acme)).content.decode()
    assert "It predicts" in shown and f"{said['auc']['value']:.2f}" in shown
    assert f"{said['auc']['low']:.2f}–{said['auc']['high']:.2f} · {said['churned']} left" in shown
    for words in ("Churn by score decile", "Calibration", "Chance", "Tenure", "told by the month ends", "Lag 30 d"):
        assert words in shown
    assert [each for each in unexplained(shown) if each != ("page-head", ["v1"])] == []


def test_a_score_that_does_not_predict_says_so(client, acme, bob):
    judged_past(acme, tells=False)
    shown = page(client, bob, address(acme)).content.decode()
    assert "It does not predict: the interval of the AUC contains 0.5" in shown and "It predicts" not in shown


def test_too_few_to_tell(client, acme, bob):
    churned = judged_past(acme, accounts=25).result["churned"]
    shown = page(client, bob, address(acme)).content.decode()
    assert f"Too few to tell ({churned}; 20 needed)" in shown and "It predicts" not in shown


def test_an_admin_begins_one_and_sees_it_run(client, acme, carol, bob):
    version = ScorecardVersion.objects.of(acme).get()
    client.login(email=carol.user.email, password=PASSWORD)
    assert "Judge v1" in client.get(address(acme)).content.decode()
    sent = client.post(address(acme, "/start"), {"version": version.pk})
    assert (sent.status_code, sent.url) == (302, address(acme))
    assert "0 of 0 month ends read" in client.get(address(acme)).content.decode()
    # One at a time.
    client.post(address(acme, "/start"), {"version": version.pk})
    begun = Backtest.objects.of(acme).get()
    # One that runs, by its number: 200, and asked for alone.
    assert "0 of 0 month ends read" in client.get(address(acme, f"?run={begun.pk}")).content.decode()
    asked = {"headers": {"HX-Request": "true", "HX-Target": "backtest-running"}}
    part = client.get(address(acme), **asked)
    assert part.content.decode().strip().startswith("<section") and "HX-Retarget" not in part
    Backtest.objects.of(acme).update(state=Backtest.State.FAILED, error="no such thing")
    whole = client.get(address(acme), **asked)
    assert whole["HX-Retarget"] == "#backtest" and "no such thing" in whole.content.decode()
    for wrong in ("", "x", "99999999"):
        assert client.post(address(acme, "/start"), {"version": wrong}).status_code == 400
    assert client.get(address(acme, "?run=x")).status_code == 400
    assert client.get(address(acme, "?run=999999")).status_code == 404


def test_the_page_asks_no_more_queries_for_more_back_tests(client, acme, bob, django_assert_max_num_queries):
    judged_past(acme)
    page(client, bob, address(acme))
    with django_assert_max_num_queries(16) as few:
        client.get(address(acme))
    judged_past(acme, tells=False)
    with django_assert_max_num_queries(len(few)):
        client.get(address(acme))
