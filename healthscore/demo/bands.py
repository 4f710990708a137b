"""The bands that people set by hand: made once, before the first scores, so that the nights know of them."""

from __future__ import annotations

from datetime import date, timedelta

from accounts.models import Account, Subscription, Workspace
from healthscore.demo.calendar import moment, workday
from healthscore.demo.chance import dice
from metrics.models import Band, ManualBand, Run

# Set so many days before the last one, and so long; the last three are still running.
SET = [(118 - 5 * n, 14 + 7 * (n % 4)) for n in range(12)] + [(40, 21), (24, 14), (12, 30), (8, 45), (3, 30)]
REASONS = {
    Band.GREEN: [
        "Renewal verbally agreed with their CFO.",
        "Use is low over their holidays, the team is well.",
        "The ticket behind it is solved, they said so in the review.",
    ],
    Band.RED: [
        "They look at a rival since spring.",
        "Our champion told me in confidence that he leaves.",
        "Budget frozen after the merger.",
    ],
}


def set_bands(workspace: Workspace, last: date) -> None:
    """Bands by hand of the last months, each by the owner of an account that paid then."""
    if Run.objects.of(workspace).exists():
        return
    paying = Subscription.objects.of(workspace).current().filter(is_trial=False, starts_on__lt=last - timedelta(150))
    rows = paying.filter(ends_on__gt=last - timedelta(60)).exclude(account__owner=None).order_by("account__external_id")
    accounts = list({row.account_id: row.account for row in rows.select_related("account")}.values())
    made = [_band(workspace, accounts[n * 7 % len(accounts)], last, *at) for n, at in enumerate(SET) if accounts]
    ManualBand.unscoped.bulk_create(made)
    for row in made:
        row.created_at = moment(workspace.time_zone, row.starts_on.toordinal(), 10)
    ManualBand.objects.of(workspace).bulk_update(made, ["created_at"])


def _band(workspace: Workspace, account: Account, last: date, ago: int, length: int) -> ManualBand:
    die = dice("band", workspace.slug, ago)
    begin = date.fromordinal(workday(last.toordinal() - ago))
    band = die.choice([Band.GREEN, Band.GREEN, Band.RED])
    early = begin + timedelta(days=length // 2) if ago > 60 and die.random() < 0.25 else None
    return ManualBand(
        workspace=workspace, account=account, band=band, reason=die.choice(REASONS[band]),
        author=account.owner, starts_on=begin, ends_on=begin + timedelta(days=length), ended_on=early,
    )  # fmt: skip
