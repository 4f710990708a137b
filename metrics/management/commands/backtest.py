"""`manage.py backtest WORKSPACE [--scorecard S] [--horizon 90]`: whether the score told who left."""

from __future__ import annotations

import json
import multiprocessing
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Workspace
from metrics.backtest.panel import MOST_DAYS
from metrics.backtest.run import again, begin, drain
from metrics.drafts import newest
from metrics.models import Backtest, Scorecard, ScorecardVersion
from metrics.models.backtest import HORIZON, LAG


class Command(BaseCommand):
    help = "Judge a scorecard by the past: whether a low score told who left. Nothing is read that was heard later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("--scorecard", metavar="NAME", help="its name; the first one unless told")
        parser.add_argument(
            "--number", metavar="N", type=int, help="its version, a draft as well; the newest published unless told"
        )
        parser.add_argument("--horizon", type=int, default=HORIZON, help="days in which somebody may leave")
        parser.add_argument("--lag", type=int, default=LAG, help="days before them, in which it is too late to act")
        parser.add_argument(
            "--from", dest="first", metavar="DAY", type=date.fromisoformat, help="judge no day before this one"
        )
        parser.add_argument(
            "--to", dest="last", metavar="DAY", type=date.fromisoformat, help="as if the data ended on this day"
        )
        parser.add_argument("--workers", type=int, default=1, help="processes that share the days")
        parser.add_argument(
            "--again", metavar="ID", type=int, help="judge this back-test once more from what it read, and compare"
        )
        parser.add_argument("--format", choices=("table", "json"), default="table", help="how it is printed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workspace = Workspace.objects.get(slug=options["workspace"])
        except Workspace.DoesNotExist as error:
            raise CommandError(_("There is no workspace “%s”.") % options["workspace"]) from error
        if options["again"] is not None:
            return self._again(workspace, options)
        for name, least in (("horizon", 1), ("lag", 0)):
            if not least <= options[name] <= MOST_DAYS:
                raise CommandError(
                    _("--%(name)s must be from %(least)d to %(most)d.")
                    % {"name": name, "least": least, "most": MOST_DAYS}
                )
        asked = {name: options[name] for name in ("lag", "horizon", "first", "last")}
        backtest = together(begin(_version(workspace, options), timezone.now(), **asked).pk, options["workers"])
        if backtest.state == Backtest.State.FAILED:
            raise CommandError(backtest.error)
        if backtest.is_open:
            raise CommandError(_("Another worker is still at it; its page will show what it says."))
        self.stdout.write(written(backtest, backtest.result, options["format"]))
        return None

    def _again(self, workspace: Workspace, options: dict[str, Any]) -> None:
        backtest = (
            Backtest.objects.of(workspace)
            .select_related("workspace", "version__scorecard")
            .filter(pk=options["again"], outcomes__isnull=False)
            .first()
        )
        if backtest is None:
            raise CommandError(_("There is no finished back-test %s here.") % options["again"])
        said, same = again(backtest)
        self.stdout.write(written(backtest, said, options["format"]))
        if not same:
            raise CommandError(_("It says something else than before (%s).") % backtest.result_digest[:16])
        self.stderr.write(_("The same to the byte as before: %s") % backtest.result_digest[:16])


def _version(workspace: Workspace, options: dict[str, Any]) -> ScorecardVersion:
    cards = Scorecard.objects.of(workspace).in_order()
    name, number = options["scorecard"], options["number"]
    scorecard = (cards.filter(name=name) if name else cards).select_related("workspace").first()
    if scorecard is None:
        raise CommandError(_("There is no scorecard “%s”.") % (name or ""))
    versions = ScorecardVersion.objects.of(workspace).filter(scorecard=scorecard, number=number)
    version = newest(scorecard) if number is None else versions.select_related("scorecard").first()
    if version is None:
        raise CommandError(_("“%(card)s” has no version %(n)s.") % {"card": scorecard, "n": number or ""})
    return version


def together(backtest_id: int, workers: int) -> Backtest:
    """Drain a back-test with this process and workers − 1 others, which claim its days beside it."""
    if workers <= 1:
        return drain(backtest_id)
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    others = [fork.Process(target=_help, args=(backtest_id,)) for _ in range(workers - 1)]
    for other in others:
        other.start()
    backtest = drain(backtest_id)
    for other in others:
        other.join()
    return backtest


def _help(backtest_id: int) -> None:
    connections.close_all()
    drain(backtest_id)


def written(backtest: Backtest, said: dict[str, Any], form: str) -> str:
    """What a back-test says, as text or JSON."""
    head = {"id": backtest.pk, "scorecard": str(backtest.version.scorecard), "version": backtest.version.number}
    digests = {"inputs": backtest.inputs_digest, "digest": backtest.result_digest}
    if form == "json":
        whole = head | {"state": backtest.state} | digests | {"result": said}
        return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True)
    title = _("%(card)s, version %(n)d: %(rows)s pairs of account and month end, %(churned)d accounts lost") % {
        "card": head["scorecard"],
        "n": head["version"],
        "rows": said["rows"],
        "churned": said["churned"],
    }
    if backtest.state == Backtest.State.REFUSED:
        return f"{title}\n" + _("Too few to tell (%(churned)d; %(needed)d needed).") % said
    return "\n".join([title, *_lines(said), f"{head['id']}  {digests['digest'][:16]}"])


def _lines(said: dict[str, Any]) -> list[str]:
    lines = [_line(_("AUC"), said["auc"]), _line(_("AUC within days"), said["auc_within_days"])]
    lines += [_line(each["rival"], each) for each in said["rivals"]]
    lines += [f"{_('Decile')} {n}: {_share(each)}" for n, each in enumerate(said["deciles"], 1)]
    lines += [f"{name}: {_share(each)}" for name, each in said["bands"].items()]
    red = said["red"]
    lines += [_("red %(days)d d before: %(red)d of %(of)d") % each for each in red["before"]]
    lines += [_("warning: median %(median)g d, never red %(never)d of %(of)d") % red["warning"]]
    lines += [_("precision of red: %(right)d of %(of)d spells") % red["precision"]]
    lines += [_("lag of %(lag)d d: AUC %(auc)s, %(lost)d lost") % each for each in said["lags"]]
    if not said["tells"]:
        lines += [_("The interval contains 0.5: this score does not predict who leaves.")]
    return lines


def _line(name: str, found: dict[str, Any]) -> str:
    if found["value"] is None:
        return f"{name}: –"
    return f"{name}: {found['value']:.3f} ({found['low']:.3f}–{found['high']:.3f}), n {found['n']}"


def _share(each: dict[str, Any]) -> str:
    rate = "–" if each["rate"] is None else f"{each['rate']:.1%}"
    return f"{rate} ({each['lost']} of {each['n']})"
