"""What customers say when asked."""

from __future__ import annotations

from django.db.models import Avg, Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Feedback
from metrics.formulas.usage import Floats, balance, zero
from metrics.measures.facts import OPINION, OPINIONS, PULSES, RECOMMENDATIONS, first_of, said
from metrics.registry import AsOf, Direction, Part, Unit, measure, worked

KINDS = [Feedback.Kind.PRAISE, Feedback.Kind.PROBLEM, Feedback.Kind.REQUEST]
PRODUCT_FEEDBACK = said("product feedback", *KINDS)


def _about_the_product(a: AsOf) -> Q:
    return Q(kind__in=KINDS, topic__in=["", "product"], occurred_at__gte=a.start_back(180))


def _judged(a: AsOf) -> Q:
    return Q(occurred_at__gte=a.start_back(60))


def _surveyed(a: AsOf) -> Q:
    return Q(kind__in=OPINION, occurred_at__gte=a.start_back(90))


LATEST = Part(RECOMMENDATIONS, lambda a: Q(), lambda q: Avg("scaled", filter=q))
OPINION_MEAN = Part(OPINIONS, _surveyed, lambda q: Avg("scaled", filter=q))
LAST_PULSE = Part(PULSES, _judged, lambda q: first_of("value", q, "-occurred_at", "-pk"))
SAID = Part(PRODUCT_FEEDBACK, _about_the_product, lambda q: Count("pk", filter=q))
PRAISED = Part(PRODUCT_FEEDBACK, lambda a: _about_the_product(a) & Q(kind=KINDS[0]), lambda q: Count("pk", filter=q))
BLAMED = Part(PRODUCT_FEEDBACK, lambda a: _about_the_product(a) & Q(kind=KINDS[1]), lambda q: Count("pk", filter=q))


@measure(
    _("Likely to recommend"),
    unit=Unit.SCORE,
    direction=Direction.HIGHER,
    parts={"latest": LATEST},
    example=worked("8.5", latest=0.85),
    worst=4,
    neutral=7,
    best=9.5,
    weight=7,
    window=365,
)
def recommendation(latest: Floats) -> Floats:
    """Mean of each contact's latest answer in 365 days to “would you recommend us?”, 0…10."""
    return latest * 10


@measure(
    _("CSM's judgement"),
    unit=Unit.SCORE,
    direction=Direction.HIGHER,
    parts={"pulse": LAST_PULSE},
    example=worked("4", pulse=4),
    worst=1,
    neutral=3,
    best=5,
    weight=5,
    window=60,
)
def csm_pulse(pulse: Floats) -> Floats:
    """The CSM's latest judgement, 1…5, of the last 60 days; an older one is no longer valid."""
    return pulse


@measure(
    _("Survey score"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"opinion": OPINION_MEAN},
    example=worked("0.75", opinion=0.75),
    worst=0.30,
    neutral=0.60,
    best=0.90,
    window=90,
)
def survey_score(opinion: Floats) -> Floats:
    """Mean of the answers to relationship and custom surveys in 90 days, each scaled to 0…1, the best answer 1."""
    return opinion


@measure(
    _("Product feedback"),
    unit=Unit.BALANCE,
    direction=Direction.HIGHER,
    parts={"said": SAID, "praised": PRAISED, "blamed": BLAMED},
    example=worked("0.25", said=6, praised=4, blamed=2),
    worst=-0.60,
    neutral=0,
    best=0.60,
    window=180,
)
def product_feedback(said: Floats, praised: Floats, blamed: Floats) -> Floats:
    """(praise − problems) ÷ (n + 2) of the feedback in 180 days, −1…1; the 2 keeps a single word from being a verdict.

    n is praise, problems and requests about the product: those of the topic `product`, or of none. Nothing without any.
    """
    return balance(zero(praised), zero(blamed), said)
