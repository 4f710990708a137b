"""`manage.py suggest WORKSPACE [--scorecard S] [--until DAY] [--again ID]`: the weights that past churn suggests."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Workspace
from metrics.drafts import newest
from metrics.models import Scorecard, ScorecardVersion, Suggestion
from metrics.weights.reasons import reason
from metrics.weights.run import again, begin, drain


class Command(BaseCommand):
    help = "Weights that past churn suggests for a scorecard, or why it suggests none. Nothing is applied."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("--scorecard", metavar="NAME", help="its name; the first one unless told")
        parser.add_argument(
            "--until",
            metavar="DAY",
            type=date.fromisoformat,
            help="the last day to learn from; unless told, two in five of the churned accounts are to learn from",
        )
        parser.add_argument(
            "--again", metavar="ID", type=int, help="make this suggestion once more from what was read, and compare"
        )
        parser.add_argument("--format", choices=("table", "json"), default="table", help="how it is printed")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"] is not None:
            return self._again(options)
        suggestion = drain(begin(_version(options), timezone.now(), until=options["until"]).pk)
        if suggestion.state == Suggestion.State.FAILED:
            raise CommandError(suggestion.error)
        if suggestion.is_open:
            raise CommandError(_("Another worker is still at it; its page will show what it says."))
        self.stdout.write(written(suggestion, suggestion.result, options["format"]))
        return None

    def _again(self, options: dict[str, Any]) -> None:
        rows = Suggestion.objects.of(_workspace(options)).exclude(result=None)
        suggestion = (
            rows.select_related("workspace", "version__scorecard", "backtest__workspace")
            .filter(pk=options["again"])
            .first()
        )
        if suggestion is None:
            raise CommandError(_("There is no finished suggestion %s here.") % options["again"])
        said, same = again(suggestion)
        self.stdout.write(written(suggestion, said, options["format"]))
        if not same:
            raise CommandError(_("It says something else than before (%s).") % suggestion.result_digest[:16])
        self.stderr.write(_("The same to the byte as before: %s") % suggestion.result_digest[:16])


def written(suggestion: Suggestion, said: dict[str, Any], form: str) -> str:
    """What a finished suggestion says, as text or JSON."""
    if form == "json":
        told = {"id": suggestion.pk, "scorecard": suggestion.scorecard.name, "version": suggestion.version.number}
        return json.dumps(told | {"state": suggestion.state} | said, indent=2, sort_keys=True)
    lines = [f"{suggestion.version}"]
    for name, part in ((_("learnt on"), said.get("fitted")), (_("judged on"), said.get("judged"))):
        if part and part["rows"]:
            lines += [f"{name} {part['first']} – {part['last']}: {part['rows']} n, {part['churned']} " + _("churned")]
    lines += [f"{each['measure']}: {each['now']:g} → {each['new']:g}" for each in said.get("weights", [])]
    for name, key in ((_("AUC now"), "auc_now"), (_("AUC suggested"), "auc_new"), (_("gain"), "gain")):
        if said.get(key):
            lines += [f"{name}: {said[key]['value']:.3f} ({said[key]['low']:.3f} – {said[key]['high']:.3f})"]
    return "\n".join([*lines, reason(said)] if said.get("refused") else lines)


def _workspace(options: dict[str, Any]) -> Workspace:
    workspace = Workspace.objects.filter(slug=options["workspace"]).first()
    if workspace is None:
        raise CommandError(_("There is no workspace “%s”.") % options["workspace"])
    return workspace


def _version(options: dict[str, Any]) -> ScorecardVersion:
    """The newest published version of the scorecard that is asked for. Raises CommandError."""
    found, name = Scorecard.objects.of(_workspace(options)).in_order().select_related("workspace"), options["scorecard"]
    scorecard = (found.filter(name=name) if name else found).first()
    version = newest(scorecard) if scorecard else None
    if version is None:
        raise CommandError(_("There is no published scorecard “%s”.") % (name or ""))
    return version
