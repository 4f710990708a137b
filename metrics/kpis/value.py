"""What customers are worth, and what keeping them costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import ProgramCost, Purchase
from metrics.formulas import value as formulas
from metrics.formulas.rates import ratio
from metrics.formulas.retention import median_lifetime, monthly_churn
from metrics.kpis.answers import Question
from metrics.kpis.ledger import HOW_MUCH, WHO_PAYS
from metrics.kpis.periods import MONTHS, months_later
from metrics.kpis.revenue import TWELVE_MONTHS, at_end
from metrics.kpis.sums import count, hits, named, total
from metrics.models import PeriodKind
from metrics.registry import Basis, Direction, Record, Records, Side, Unit, kpi, worked

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
BOUGHT = Basis(
    _("customer"),
    Side(_("amount bought; 1 for a loss")),
    Side(_("1 for a purchase; months as a customer")),
    HOW_MUCH,
    TWELVE_MONTHS,
)
EXTRAS = Basis(_("purchase"), Side(_("amount bought"), Unit.MONEY), None, HOW_MUCH)
MARGINS = Basis(
    _("customer"),
    Side(_("MRR × gross margin; 1 for a loss")),
    Side(_("1 for a customer; months as a customer")),
    HOW_MUCH,
    TWELVE_MONTHS,
)
LIFETIMES = Basis(
    _("customer"),
    Side(_("left")),
    Side(_("days as a customer"), Unit.DAYS),
    WHO_PAYS,
    _("all days up to the end of the period"),
)
COST = Side(_("programme cost"), Unit.MONEY)
COSTS = Basis(_("customer"), COST, Side(_("customers × months")), ("costs", "rates", *WHO_PAYS))
COSTS_OF_MRR = Basis(_("customer"), COST, Side(_("MRR × months"), Unit.MONEY), ("costs", *HOW_MUCH))
NO_LOSSES = _("nobody was lost in twelve months")
NO_COST = _("no programme cost is told for the period, or not by team, CSM and segment")


def lives(question: Question) -> Records:
    """Twelve months up to the end of the period: for each customer its losses, and the month starts at which it was
    one."""
    ledger, period = question.ledger, question.period
    starts = [months_later(period.until, -n) for n in range(12, 0, -1)]
    eve = starts[0] - timedelta(days=1)
    found = []
    for account, spans in ledger.customers.items():
        months = sum(span.start <= day < span.end for day in starts for span in spans)
        lost = sum(eve < span.end <= period.last for span in spans)
        if months or lost:
            day = ledger.last_day(account, eve, period.last)
            found.append(Record(account, day, lost, months, what="life"))
    return found


def one_off(question: Question) -> Records:
    """One-off purchases of twelve months in the workspace's currency, refunds taken off, 1 for each purchase."""
    workspace, period = question.workspace, question.period
    rows = Purchase.objects.of(workspace).known(workspace, question.book.known)
    recent = rows.filter(purchased_on__gte=months_later(period.until, -12), purchased_on__lt=period.until)
    return [
        _purchase(question, row)
        for row in recent.order_by("pk").values("account_id", "purchased_on", "amount", "currency", "external_id")
    ]


def _purchase(question: Question, row: dict[str, object]) -> Record:
    account, day, amount, currency, fact = row.values()
    worth = question.ledger.rates.worth(amount, currency, day)  # type: ignore[arg-type]
    if worth is None:
        return Record(account, day, missing=f"no rate of {currency} on {day}", fact=str(fact))  # type: ignore[arg-type]
    return Record(account, day, worth, int(worth > 0), str(fact), what="purchase")  # type: ignore[arg-type]


def bought_by_customers(question: Question) -> Records:
    """One-off purchases of the period, refunds taken off, by who was a customer on the day before."""
    period, ledger = question.period, question.ledger
    return [
        record._replace(whole=0)
        for record in question.once(one_off)
        if record.day >= period.start and ledger.is_customer(record.account, record.day - timedelta(days=1))
    ]


@kpi(
    _("Expansion revenue"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=bought_by_customers,
    basis=EXTRAS,
    example=worked("250", (1, 300, 0), (1, -50, 0), in_words=_("an add-on of 300 and a refund of 50")),
)
def expansion_revenue(records: Records) -> Decimal | None:
    """One-off purchases of existing customers in the period (up-sell, cross-sell, loyalty, add-ons), refunds taken off.
    Existing: a customer on the day before. It does not recur, so it is no expansion MRR."""
    return total(records)


def purchases_and_lives(question: Question) -> Records:
    return [*question.once(one_off), *question.once(lives)]


@kpi(
    _("Lifetime value"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=purchases_and_lives,
    nothing=NO_LOSSES,
    grows=False,
    basis=BOUGHT,
    example=worked(
        "3600",
        (720, 50, 1, "purchase"),
        (10, 1, 24, "life"),
        in_words=_("720 purchases of 50 in 240 months of customers, of whom 10 were lost"),
    ),
)
def clv(records: Records) -> Decimal | None:
    """Average purchase × purchases a month and customer × lifetime in months, over twelve months.

    Lifetime = 1 ÷ churn per month; churn per month = losses ÷ Σ customers at the month starts.
    """
    purchases, life = named(records, "purchase"), named(records, "life")
    average = ratio(total(purchases), count(purchases))
    a_month = ratio(count(purchases), count(life))
    if average is None or a_month is None:
        return None
    return formulas.clv(average, a_month, formulas.lifetime(monthly_churn(int(hits(life)), int(count(life)))))


def margins_and_lives(question: Question) -> Records:
    """MRR × gross margin of each customer at the end, and the lives of twelve months."""
    margin = question.workspace.gross_margin
    if margin is None:
        return question.unset(str(_("no gross margin is set")))
    worth = [
        Record(r.account, r.day, r.part * margin, r.whole, what="mrr", missing=r.missing) for r in question.once(at_end)
    ]
    return [*worth, *question.once(lives)]


@kpi(
    _("Lifetime value, subscription"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=margins_and_lives,
    nothing=NO_LOSSES,
    grows=False,
    basis=MARGINS,
    example=worked(
        "1600",
        (10, 80, 1, "mrr"),
        (6, 1, 20, "life"),
        in_words=_("customers who pay 100 at a margin of 80 %; 6 lost in 120 months of customers"),
    ),
)
def clv_subscription(records: Records) -> Decimal | None:
    """ARPA × gross margin ÷ churn per month over twelve months. Without a gross margin (a setting), or without
    losses, no number."""
    mrr, life = named(records, "mrr"), named(records, "life")
    churn = monthly_churn(int(hits(life)), int(count(life)))
    return formulas.clv_subscription(ratio(total(mrr), count(mrr)), 1, churn)


def lifetimes(question: Question) -> Records:
    """Every customer there ever was: days since it began, up to its loss (1) or so far (0)."""
    ledger, last = question.ledger, question.period.last
    found, there = [], ledger.on(last)
    for account, spans in ledger.customers.items():
        if spans[0].start > last:
            continue
        here = account in there
        until = last if here else max(span.end for span in spans if span.end <= last)
        found.append(Record(account, until - timedelta(days=not here), int(not here), (until - spans[0].start).days))
    return found


@kpi(
    _("Median lifetime"),
    unit=Unit.DAYS,
    direction=HIGHER,
    records=lifetimes,
    nothing=_("fewer than 20 have left, or more than half stay"),
    grows=False,
    basis=LIFETIMES,
    example=worked(
        "100",
        (21, 1, 100),
        (9, 1, 300),
        (10, 0, 400),
        in_words=_("21 left after 100 days and 9 after 300, 10 are customers since 400 days"),
    ),
    of_each=True,
)
def lifetime(records: Records) -> Decimal | None:
    """Days after which half of the customers have left, by Kaplan and Meier: who is still one counts for as long as it
    has been. No number with fewer than 20 losses."""
    median = median_lifetime([record.whole for record in records], [bool(record.part) for record in records])
    return None if median is None else Decimal(median)


def costs(question: Question) -> Records:
    """What customer success cost in the months of the period. A week has no costs."""
    period, workspace = question.period, question.workspace
    if period.kind is PeriodKind.WEEK:
        return []
    rows = ProgramCost.objects.of(workspace).known(workspace, question.book.known)
    rows = rows.filter(month__gte=period.start, month__lt=period.until).order_by("month", "kind")
    return [_cost(question, *row) for row in rows.values_list("month", "amount", "currency")]


def costs_and_customers(question: Question) -> Records:
    """The costs, and the customers of the last day, each for the months of the period."""
    months, day = MONTHS.get(question.period.kind, 0), question.period.last
    customers = [Record(account, day, 0, months, what="customer") for account in question.ledger.on(day)]
    return [*question.once(costs), *customers]


def costs_and_mrr(question: Question) -> Records:
    """The costs, and the MRR of each customer of the last day, for the months of the period."""
    months = MONTHS.get(question.period.kind, 0)
    paid = question.once(at_end)
    return [*question.once(costs), *(r._replace(part=0, whole=r.part * months, what="customer") for r in paid)]


def _cost(question: Question, month: object, amount: Decimal, currency: str) -> Record:
    worth = question.ledger.rates.worth(amount, currency, month)  # type: ignore[arg-type]
    if worth is None:
        return Record(0, question.period.last, missing=f"no rate of {currency} on {month}")
    return Record(0, question.period.last, worth, 0, what="cost")


@kpi(
    _("Retention cost"),
    unit=Unit.MONEY,
    direction=LOWER,
    records=costs_and_customers,
    nothing=NO_COST,
    basis=COSTS,
    example=worked("200", (1, 50_000, 0, "cost"), (250, 0, 1, "customer")),
)
def retention_cost(records: Records) -> Decimal | None:
    """Programme cost (payroll, engagement and adoption, services and training, customer marketing) ÷ customers at the
    end of the period ÷ its months."""
    spent = named(records, "cost")
    return formulas.retention_cost(total(spent), int(count(named(records, "customer")))) if spent else None


@kpi(
    _("Retention cost of MRR"),
    unit=Unit.RATIO,
    direction=LOWER,
    records=costs_and_mrr,
    nothing=NO_COST,
    basis=COSTS_OF_MRR,
    example=worked("0.05", (1, 50_000, 0, "cost"), (250, 0, 4000, "customer")),
)
def retention_cost_of_mrr(records: Records) -> Decimal | None:
    """Programme cost ÷ (the customers' MRR at the end of the period × its months)."""
    spent = named(records, "cost")
    return formulas.retention_cost_of_mrr(total(spent), count(named(records, "customer"))) if spent else None
