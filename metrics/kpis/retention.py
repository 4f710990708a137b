"""Who stayed, who left, who renewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import Purchase
from metrics.formulas.rates import wilson
from metrics.formulas.retention import churn_rate, churn_rate_all_losses, renewal_rate, repurchase_rate
from metrics.kpis.answers import Question
from metrics.kpis.ledger import WHO_PAYS, ZERO, MissingRateError, Term, worth
from metrics.kpis.sums import count, hits, total
from metrics.registry import Basis, Direction, Interval, Record, Records, Side, Unit, kpi, worked

NOBODY = _("no customers at the start")
NOTHING_DUE = _("nothing that fell due is decided")
# A next term may begin so long before or after the end of the one that it renews; so long must a term be to count.
RENEWED_WITHIN = timedelta(days=30)
RENEWABLE = timedelta(days=90)
BOUGHT_WITHIN = timedelta(days=60)
COHORT = Basis(_("customer"), Side(_("lost")), Side(_("customers at the start")), WHO_PAYS)
DUE = Basis(_("term"), Side(_("renewed")), Side(_("terms decided")), ("subscriptions",))
UNDECIDED = Basis(_("term"), Side(_("terms not decided")), None, ("subscriptions",))
DUE_MRR = Basis(
    _("term"),
    Side(_("MRR renewed"), Unit.MONEY),
    Side(_("MRR due"), Unit.MONEY),
    ("subscriptions", "rates"),
)
REPLACED = Basis(_("purchase"), Side(_("bought again")), Side(_("purchases decided")), ("purchases",))


def cohort(question: Question) -> Records:
    """The customers at the start, each with 1 if it was lost. It belongs to whom it last did: on the last day of the
    period, or on the day before its loss."""
    period, ledger = question.period, question.ledger
    there = ledger.on(period.last)
    return [
        Record(account, ledger.last_day(account, period.eve, period.last), int(account not in there))
        for account in ledger.on(period.eve)
    ]


def losses(question: Question) -> Records:
    """The cohort, and with them those that became customers and were lost within the period."""
    return [*question.once(cohort), *_new_and_lost(question)]


def _new_and_lost(question: Question) -> Iterator[Record]:
    period, ledger = question.period, question.ledger
    staying = ledger.on(period.eve).keys() | ledger.on(period.last).keys()
    for account, spans in ledger.customers.items():
        if account not in staying and any(period.start < span.end < period.until for span in spans):
            yield Record(account, ledger.last_day(account, period.eve, period.last), part=1, whole=0)


def share_interval(records: Records) -> Interval | None:
    """Wilson's 95 % interval of a share of counts."""
    return wilson(int(hits(records)), int(count(records)))


@kpi(
    _("Customer churn rate"),
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    records=cohort,
    nothing=NOBODY,
    interval=share_interval,
    basis=COHORT,
    example=worked("0.064", (64, 1), (936, 0)),
)
def customer_churn_rate(records: Records) -> Decimal | None:
    """Of the customers at the start of the period, the share that are none at its end.

    Who left and came back within the period is not lost.
    """
    return churn_rate(int(count(records)), int(hits(records)))


@kpi(
    _("Customer churn rate, all losses"),
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    records=losses,
    nothing=NOBODY,
    basis=COHORT,
    example=worked("2.1", (1, 1), (9, 0), (20, 1, 0)),
)
def customer_churn_rate_all_losses(records: Records) -> Decimal | None:
    """Losses dated in the period, those of new customers included, ÷ customers at its start. It can pass 100 %."""
    return churn_rate_all_losses(int(count(records)), int(hits(records)))


@kpi(
    _("Logo retention"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=cohort,
    nothing=NOBODY,
    basis=COHORT,
    example=worked("0.936", (64, 1), (936, 0)),
)
def logo_retention(records: Records) -> Decimal | None:
    """Of the customers at the start of the period, the share that are customers at its end."""
    rate = churn_rate(int(count(records)), int(hits(records)))
    return None if rate is None else 1 - rate


Due = tuple[int, date, list[Term], list[Term]]


def terms_that_end(question: Question) -> Iterator[Due]:
    """(account, day, terms of at least 90 days that end on it, the terms that follow) for ends within the period."""
    period = question.period
    for account, terms in question.ledger.paid.items():
        for day in sorted({term.end for term in terms if period.start <= term.end < period.until}):
            due = [term for term in terms if term.end == day and term.end - term.start >= RENEWABLE]
            following = [term for term in terms if abs(term.start - day) <= RENEWED_WITHIN and term.end > day]
            if due:
                yield account, day, due, following


def due_terms(question: Question) -> list[Due]:
    """Those that are decided: something follows, or 30 days have passed."""
    return [each for each in terms_that_end(question) if _is_decided(question, each)]


def _is_decided(question: Question, each: Due) -> bool:
    _account, day, _due, following = each
    return bool(following) or day + RENEWED_WITHIN < question.book.known


def renewals(question: Question) -> Records:
    """What fell due, 1 where it was renewed, with whom the account was on the day before."""
    return [
        Record(account, day - timedelta(days=1), part=int(bool(following)), fact=due[0].fact)
        for account, day, due, following in due_terms(question)
    ]


def renewed_mrr(question: Question) -> Records:
    """What fell due: its MRR, and what of it is paid by the terms that follow."""
    found = []
    for account, day, due, following in due_terms(question):
        place = day - timedelta(days=1)
        try:
            old, new = sum(map(worth, due), ZERO), sum(map(worth, following), ZERO)
        except MissingRateError as error:
            found.append(Record(account, place, missing=str(error), fact=due[0].fact))
            continue
        found.append(Record(account, place, min(old, new), old, due[0].fact))
    return found


@kpi(
    _("Renewal rate"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=renewals,
    settles=True,
    nothing=NOTHING_DUE,
    interval=share_interval,
    basis=DUE,
    example=worked("0.9", (45, 1), (5, 0)),
)
def renewal(records: Records) -> Decimal | None:
    """Of the paid terms of at least 90 days that ended in the period, those that were renewed ÷ those decided.

    Renewed: a next paid term begins within 30 days before or after the end; a change of plan is one too. What ended
    less than 30 days ago with nothing to follow is not decided. Terms of an account that end on one day are one.
    """
    return renewal_rate(int(hits(records)), int(count(records)))


@kpi(
    _("Renewal rate by MRR"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=renewed_mrr,
    settles=True,
    nothing=NOTHING_DUE,
    basis=DUE_MRR,
    example=worked("0.95", (1, 90, 100), (1, 100, 100)),
)
def renewal_of_mrr(records: Records) -> Decimal | None:
    """Of what fell due in the period and is decided: Σ min(MRR after, MRR due) ÷ Σ MRR due."""
    return renewal_rate(hits(records), count(records))


def undecided(question: Question) -> Records:
    """What fell due and is not decided yet."""
    return [
        Record(each[0], each[1] - timedelta(days=1), 1, 0, fact=each[2][0].fact)
        for each in terms_that_end(question)
        if not _is_decided(question, each)
    ]


@kpi(
    _("Undecided renewals"),
    unit=Unit.COUNT,
    direction=None,
    records=undecided,
    settles=True,
    basis=UNDECIDED,
    example=worked("2", (2, 1, 0)),
)
def undecided_renewals(records: Records) -> Decimal | None:
    """Paid terms of at least 90 days that ended in the period, less than 30 days ago and with nothing to follow: they
    are in no renewal rate yet."""
    return total(records)


def replacements(question: Question) -> Records:
    """Purchases whose replacement fell due in the period and is decided, 1 where the same product was bought."""
    period, workspace, known = question.period, question.workspace, question.book.known
    rows = Purchase.objects.of(workspace).known(workspace, known).filter(amount__gt=0)
    due = rows.filter(replace_by__gte=period.start, replace_by__lt=period.until)
    accounts = due.values("account_id")
    bought: dict[tuple[int, str], list[date]] = {}
    fields = ("account_id", "product", "purchased_on")
    for account, product, then in rows.filter(account_id__in=accounts).values_list(*fields):
        bought.setdefault((account, product), []).append(then)
    found = []
    for account, product, then, day, fact in due.order_by("pk").values_list(*fields, "replace_by", "external_id"):
        again = any(on > then and abs(on - day) <= BOUGHT_WITHIN for on in bought[account, product])
        if again or day + BOUGHT_WITHIN < known:
            found.append(Record(account, day, int(again), fact=fact))
    return found


@kpi(
    _("Repurchase rate"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=replacements,
    settles=True,
    nothing=NOTHING_DUE,
    interval=share_interval,
    basis=REPLACED,
    example=worked("0.6", (6, 1), (4, 0)),
)
def repurchase(records: Records) -> Decimal | None:
    """Purchases whose replace_by fell in the period and that were followed by the same product within 60 days before
    or after ÷ those decided: bought again, or 60 days have passed."""
    return repurchase_rate(int(hits(records)), int(count(records)))
