"""How likely contacts are to recommend: the answers by score."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.charts.columns import Series, columns
from dashboards.export import Field, Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.team.parts import Parts
from dashboards.panels.team.words import value_text
from dashboards.templatetags.figures import integer, percent
from metrics.registry import KPIS

# The sides of NPS: the colour of their columns, and their scores.
SIDES = {"red": range(7), "yellow": range(7, 9), "green": range(9, 11)}
COLOURS = {"red": "var(--red)", "yellow": "var(--yellow-chart)", "green": "var(--green)"}


def nps_of(parts: Parts) -> Chart:
    """A column for each score from 0 to 10, and how many promote, are passive, detract."""
    found = parts.of("nps", parts.numbers.period)
    counts = [found[str(score)].n if str(score) in found else 0 for score in range(11)]
    total = sum(counts)
    words = {"red": _("Detractors"), "yellow": _("Passives"), "green": _("Promoters")}
    side_of = {score: side for side, scores in SIDES.items() for score in scores}
    legend = {side: _share(word, sum(counts[score] for score in SIDES[side]), total) for side, word in words.items()}
    nps = parts.numbers.current("satisfaction.nps")
    colours = [COLOURS[side_of[score]] for score in range(11)]
    texts = [integer(count) if count else "" for count in counts]
    return Chart(
        _("NPS: answers by score"),
        Sheet(
            "nps",
            (Field(_("Score")), Field(_("Side")), Field(_("Answers")), Field(_("Share"), "ratio")),
            [
                (score, words[side_of[score]], count, round(Decimal(count) / total, 6) if total else None)
                for score, count in enumerate(counts)
            ],
        ),
        columns([str(score) for score in range(11)], [Series(_("Answers"), counts, colours, texts)]) if total else {},
        _("Answers from 0 to 10: %(sides)s") % {"sides": ", ".join(legend.values())},
        "" if total else _("Nobody answered in this period."),
        _("NPS %(value)s: promoters minus detractors; each contact's latest answer of the period, n = %(n)s") % {
            "value": value_text(KPIS["satisfaction.nps"], nps.value, ""), "n": integer(total),
        },
        tuple(legend.items()),
        anchors=("kpi-satisfaction.nps",),
    )  # fmt: skip


def _share(word: str, count: int, total: int) -> str:
    return f"{word} {integer(count)} · {percent(round(Decimal(count) / total, 6) if total else None)}"
