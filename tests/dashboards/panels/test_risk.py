"""How likely an account is to leave, on its page, in the portfolio and in its file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboards.panels.risk import risk_of, risks_of
from metrics.models import Calibration, Standing
from tests.cast import PASSWORD, night
from tests.metrics.backtest.past import ENDED, judged_past
from tests.metrics.cases import DAY, term, told, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def risk(acme):
    """10 % at every score but 31 points, where it is 38 %, 24 to 53."""
    judged_past(acme)
    row = Calibration.objects.of(acme).get()
    for name, share in (("risk", 0.38), ("low", 0.24), ("high", 0.53)):
        setattr(row, name, [0.1] * 31 + [share] + [0.1] * 69)
    row.save()
    return row


def test_it_is_looked_up_by_the_whole_point(acme, risk):
    risks = risks_of(acme, ENDED)
    assert str(risk_of(risks, risk.version_id, 314_000)) == "38%, 24–53"
    assert risk_of(risks, risk.version_id, 316_000).share == 0.1
    assert risk_of(risks, risk.version_id, 1_000_000).share == 0.1
    assert risk_of(risks, risk.version_id, None) is None
    assert risk_of(risks, risk.version_id + 1, 314_000) is None


def test_it_is_gone_after_180_days(acme, risk):
    assert risks_of(acme, ENDED + timedelta(days=179)) and not risks_of(acme, ENDED + timedelta(days=180))


def test_a_score_that_does_not_predict_and_one_that_is_refused_have_none(acme):
    judged_past(acme, tells=False)
    judged_past(acme, accounts=25)
    assert not risks_of(acme, ENDED)


def test_it_is_on_the_account_and_in_the_portfolio_where_asked_for(acme, client, carol, risk):
    told(acme, {"one": [term(), *(use(n, "p") for n in range(30))]})
    night(acme, DAY)
    Standing.objects.of(acme).update(score_units=314_000)
    Calibration.objects.of(acme).update(made_on="2999-01-01")
    client.login(email=carol.user.email, password=PASSWORD)
    account = Standing.objects.of(acme).get().account_id
    assert "38%, 24–53" in client.get(f"/w/acme/accounts/{account}").content.decode()
    assert "38%, 24–53" not in client.get("/w/acme/portfolio?csm=all").content.decode()
    assert "38%, 24–53" in client.get("/w/acme/portfolio?csm=all&columns=health,risk").content.decode()
    file = b"".join(client.get("/w/acme/portfolio.csv?csm=all&columns=health,risk")).decode()
    assert "Churn risk" in file and "0.38,0.24,0.53" in file
    Standing.objects.of(acme).update(is_scored=False)
    assert "38%, 24–53" not in client.get(f"/w/acme/accounts/{account}").content.decode()
