"""Six KPIs as everybody writes them first: a loop over the accounts of a CSM, a loop over the rows of each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Account, Membership, Subscription, SurveyResponse, Ticket, Touch
from metrics.models import ContactDay

Number = Decimal | None


def six(csm: Membership, start: date, until: date, known: date) -> tuple[int, dict[str, Number]]:
    """How many accounts, and MRR, churn, NPS, tickets, touches and active users of their owner over [start, until)."""
    workspace, last = csm.workspace, until - timedelta(days=1)
    end = workspace.end_of(known)
    within = {"occurred_at__gte": workspace.start_of(start), "occurred_at__lt": workspace.start_of(until)}
    mrr, lost, before, tickets, users, touches = Decimal(0), 0, 0, 0, 0, 0
    answers: list[Decimal] = []
    accounts = list(Account.objects.of(workspace).filter(owner=csm))
    for account in accounts:
        terms = [
            term
            for term in Subscription.objects.of(workspace).filter(account=account, retracted_at=None, known_at__lt=end)
            if term.mrr > 0 and not term.is_trial
        ]
        now, then = (
            [term for term in terms if term.starts_on <= day and (term.ends_on is None or day < term.ends_on)]
            for day in (last, start - timedelta(days=1))
        )
        mrr += sum(term.mrr for term in now)
        before, lost = before + bool(then), lost + (bool(then) and not now)
        own = {"account": account, "retracted_at": None, "known_at__lt": end, **within}
        latest = {}
        for answer in SurveyResponse.objects.of(workspace).filter(kind="nps", **own).order_by("occurred_at", "pk"):
            latest[answer.person] = answer.score
        answers += latest.values()
        tickets += len(list(Ticket.objects.of(workspace).filter(**own)))
        touches += len(list(Touch.objects.of(workspace).filter(**own)))
        days = ContactDay.objects.of(workspace).filter(
            account=account, day__gt=last - timedelta(days=30), day__lte=last
        )
        users += len({each.person for each in days if each.known_day <= known < each.retracted_day})
    balance = sum(score >= 9 for score in answers) - sum(score <= 6 for score in answers)
    return len(accounts), {
        "revenue.mrr": mrr,
        "retention.customer_churn_rate": Decimal(lost) / before if before else None,
        "satisfaction.nps": Decimal(100 * balance) / len(answers) if answers else None,
        "support.tickets": Decimal(tickets),
        "effort.touches": Decimal(touches),
        "usage.monthly_users": Decimal(users),
    }
