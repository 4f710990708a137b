"""The published examples of every KPI, through the formula that the product uses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from accounts.models.billing import monthly_amount
from metrics.formulas import retention, revenue, satisfaction, support, value
from metrics.registry import KPIS, Record
from tests.metrics.formulas.test_worked_scores import HANDLED as WORKED_SCORES
from tests.worked import EXAMPLES, examples

# The area under the curve comes with the back-test.
NOT_YET = {"auc"}


def exact(value):
    """Numbers as the product holds them: whole ones as they are, others as decimals."""
    if isinstance(value, dict):
        return {key: exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [exact(each) for each in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def money(amounts):
    return {name: Decimal(amount) for name, amount in amounts.items()}


def subscribers(customers, mrr_each, downgrades, cancelled, upgrade_by=0):
    """So many customers of the same MRR, some of whom pay less, more or nothing at the end."""
    start = {n: Decimal(mrr_each) for n in range(customers)}
    end = dict(start)
    for n, less in enumerate(downgrades):
        end[n] -= less
    for n in range(len(downgrades), len(downgrades) + cancelled):
        del end[n]
    end[customers - 1] += upgrade_by
    return start, end


def moved(start, end, paid_before=()):
    """The movements of all accounts, amounts by account at both ends."""
    accounts = [*start, *(key for key in end if key not in start)]
    return [
        revenue.movement(start.get(key, Decimal(0)), end.get(key, Decimal(0)), key in paid_before) for key in accounts
    ]


def kpi(name, moves, part, whole=lambda m: m.start):
    """A KPI over movements, as the page shows it."""
    return KPIS[name].value([Record(n, date.min, part(m), whole(m)) for n, m in enumerate(moves, 1)])


def grr(start_mrr=None, contraction=0, churn=0, **book):
    start, end = subscribers(**book) if start_mrr is None else ({0: start_mrr}, {0: start_mrr - contraction - churn})
    return kpi("revenue.grr", moved(start, end), revenue.kept)


def nrr(start_mrr=None, end_from_same_customers_before_churn=None, churn=0, expansion=0, contraction=0, **book):
    if start_mrr is None:
        start, end = subscribers(**book)
    else:
        before = end_from_same_customers_before_churn or start_mrr + expansion - contraction
        start, end = {0: start_mrr}, {0: before - churn}
    return kpi("revenue.nrr", moved(start, end), revenue.stayed)


def movements(start, end, paid_before):
    found = sum(moved(money(start), money(end), set(paid_before)), revenue.Movements())
    assert found.currency == 0
    return {name: getattr(found, name) for name in (*start_to_end(), "start", "end")}


def mrr_from_arpa(active_customers, arpa):
    records = [Record(n, date.min, arpa) for n in range(1, active_customers + 1)]
    assert KPIS["revenue.arpa"].value(records) == arpa
    return KPIS["revenue.mrr"].value(records)


def lost(name, part, start_mrr, churn, contraction, expansion, reactivation):
    """One movement that holds what all accounts did together."""
    both = {"churned": Decimal(-churn), "contraction": Decimal(-contraction), "start": Decimal(start_mrr)}
    moves = [revenue.Movements(**both, expansion=Decimal(expansion), reactivation=Decimal(reactivation))]
    return kpi(name, moves, part)


def quick_ratio(new, expansion, churn, contraction):
    moves = [revenue.Movements(new=new, expansion=expansion, churned=-churn, contraction=-contraction)]
    return kpi("revenue.quick_ratio", moves, revenue.grown, revenue.lost)


def start_to_end():
    return "new", "expansion", "contraction", "churned", "reactivation"


def movement(existing_mrr, change, what="", previously_paying=False):
    found = revenue.movement(Decimal(existing_mrr), Decimal(existing_mrr) + change, previously_paying)
    [kind] = [name for name in start_to_end() if getattr(found, name)]
    return {"type": kind, "amount": getattr(found, kind)}


def nps(scores=None, promoters=0, passives=0, detractors=0, promoter_pct=None, detractor_pct=0):
    if scores is not None:
        return satisfaction.Nps.of(scores).value
    if promoter_pct is not None:
        return satisfaction.Nps(promoter_pct, 100 - promoter_pct - detractor_pct, detractor_pct).value
    return satisfaction.Nps(promoters, passives, detractors).value


def csat(positive=None, responses=None, scale=None, positive_from=None, scores=()):
    if positive is None:
        assert satisfaction.POSITIVE_FROM[scale] == positive_from
        positive, responses = satisfaction.positive(scores, scale), len(scores)
    return satisfaction.csat(positive, responses)


def ces_mean(scores=None, sum=None, responses=None):
    return satisfaction.effort_mean(scores if scores is not None else [Decimal(sum) / responses] * responses)


def ces_mean_5pt(counts):
    return satisfaction.effort_mean([int(answer) for answer, n in counts.items() for _ in range(n)])


def ces_5(disagree_1_2, neutral_3, agree_4_5):
    scores = [2] * disagree_1_2 + [3] * neutral_3 + [4] * agree_4_5
    return 100 * satisfaction.effort_share(satisfaction.easy(scores, 5), len(scores))


def ces_7(positive_5_7, total):
    scores = [5] * positive_5_7 + [4] * (total - positive_5_7)
    return 100 * satisfaction.effort_share(satisfaction.easy(scores, 7), len(scores))


def cost(customers, **programmes):
    return value.retention_cost(sum(programmes.values()), customers)


HANDLED = {
    "customer_churn_rate": retention.churn_rate,
    "customer_churn_rate_all_losses": lambda customers_at_start, lost_of_them, new_and_lost: (
        retention.churn_rate_all_losses(customers_at_start, lost_of_them + new_and_lost)
    ),
    "mrr_from_arpa": mrr_from_arpa,
    "clv": lambda average_purchase_value, purchases_per_month, lifetime_months: value.clv(
        average_purchase_value, purchases_per_month, lifetime_months
    ),
    "clv_subscription": lambda arpa, gross_margin, monthly_churn: value.clv_subscription(
        arpa, gross_margin, monthly_churn
    ),
    "csat": csat,
    "customer_retention_cost": cost,
    "renewal_rate": retention.renewal_rate,
    "trial_conversion": lambda trials_started, converted: retention.trial_conversion(trials_started, converted),
    "first_contact_resolution": lambda resolved_on_first_contact, resolved: support.first_contact_resolution(
        resolved_on_first_contact, resolved
    ),
    "monthly_amount": lambda plan, quantity, billed, months: monthly_amount(Decimal(billed), "month", months),
    "mrr_movements": movements,
    "mrr_movement": movement,
    "gross_mrr_churn_rate": partial(lost, "revenue.gross_mrr_churn", revenue.lost),
    "net_mrr_churn_rate": partial(lost, "revenue.net_mrr_churn", revenue.lost_net),
    "quick_ratio": quick_ratio,
    "nrr": nrr,
    "grr": grr,
    "nps": nps,
    "ces_top_box_5pt": ces_5,
    "ces_top_box_7pt": ces_7,
    "ces_mean": ces_mean,
    "ces_mean_5pt": ces_mean_5pt,
}


def test_somebody_handles_every_example():
    assert {e["metric"] for e in EXAMPLES} == set(HANDLED) | set(WORKED_SCORES) | NOT_YET


@pytest.mark.parametrize("example", examples(*HANDLED), ids=lambda e: f"{e['metric']}: {e['source'][:40]}")
def test_worked_examples(example):
    found = HANDLED[example["metric"]](**exact(example["inputs"]))
    expected = example["expected"]
    if isinstance(expected, dict):
        assert found == {key: exact(each) for key, each in expected.items() if key in found}
    elif expected is None:
        assert found is None
    else:
        assert found == pytest.approx(Decimal(str(expected)), abs=Decimal(str(example["tolerance"])))
