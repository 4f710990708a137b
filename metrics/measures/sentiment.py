"""What customers say when asked."""

from __future__ import annotations

from django.db.models import Avg, Q
from django.utils.translation import gettext_lazy as _

from metrics.formulas.usage import Floats
from metrics.measures.facts import RECOMMENDATIONS
from metrics.registry import Direction, Part, Unit, measure

LATEST = Part(RECOMMENDATIONS, lambda a: Q(), lambda q: Avg("scaled", filter=q))


@measure(
    _("Likely to recommend"),
    unit=Unit.SCORE,
    direction=Direction.HIGHER,
    parts={"latest": LATEST},
    worst=4,
    neutral=7,
    best=9.5,
    weight=7,
    window=365,
)
def recommendation(latest: Floats) -> Floats:
    """Mean of each contact's latest answer in 365 days to “would you recommend us?”, 0…10."""
    return latest * 10
