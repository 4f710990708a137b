"""Who is in touch with us."""

from __future__ import annotations

import numpy as np
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from metrics.formulas.usage import Floats
from metrics.measures.facts import CHAMPIONS
from metrics.registry import Direction, Part, Unit, measure

LEFT = Part(
    CHAMPIONS,
    lambda a: Q(left_on__gt=a.back(30), left_on__lte=a.day),
    lambda q: Max("left_on", filter=q),
)


@measure(
    _("Champion left"),
    unit=Unit.FLAG,
    direction=Direction.LOWER,
    parts={"left": LEFT},
    worst=1,
    neutral=0,
    best=0,
)
def champion_left(left: Floats) -> Floats:
    """1 where a champion left in the last 30 days, else 0."""
    return np.where(np.isnan(left), 0.0, 1.0)
