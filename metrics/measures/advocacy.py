"""Who speaks well of us, to others and about the future."""

from __future__ import annotations

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Feedback
from metrics.formulas.usage import Floats, balance, zero
from metrics.measures.facts import events, said
from metrics.registry import Direction, Part, Unit, measure, worked

PUBLIC = [Feedback.Kind.REVIEW, Feedback.Kind.REFERENCE, Feedback.Kind.CASE_STUDY]
SOCIAL = events("social media", 90, "social_mention", "social_reply")
TONES = ["positive", "negative", "neutral"]


def _told(name: str, days: int, *kinds: str) -> Part:
    """How often something of these kinds was said in so many days."""
    return Part(
        said(name, *kinds),
        lambda a: Q(kind__in=kinds, occurred_at__gte=a.start_back(days)),
        lambda q: Count("pk", filter=q),
    )


def _public(condition: Q) -> Part:
    return Part(SOCIAL, lambda a: condition, lambda q: Sum("count", filter=q))


REFERRED = _told("referrals", 365, Feedback.Kind.REFERRAL)
PLANNED = _told("future talk", 180, Feedback.Kind.FUTURE_TALK)
VOUCHED = _told("reviews, references and case studies", 365, *PUBLIC)
SPOKEN = _public(Q())
TONED = _public(Q(feature__in=TONES))
LIKED = _public(Q(feature=TONES[0]))
DISLIKED = _public(Q(feature=TONES[1]))


@measure(
    _("Referrals"),
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    parts={"referred": REFERRED},
    example=worked("2", referred=2),
    worst=0,
    neutral=0,
    best=2,
    weight=3,
    window=365,
)
def referrals(referred: Floats) -> Floats:
    """Times in 365 days that the customer introduced or recommended us to others. A bonus: none is not bad."""
    return zero(referred)


@measure(
    _("Talk of the future"),
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    parts={"planned": PLANNED},
    example=worked("1", planned=1),
    worst=0,
    neutral=0,
    best=2,
    weight=2,
    window=180,
)
def future_talk(planned: Floats) -> Floats:
    """Times in 180 days that the customer spoke of plans and expansion with us. A bonus: none is not bad."""
    return zero(planned)


@measure(
    _("Advocacy"),
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    parts={"vouched": VOUCHED},
    example=worked("1", vouched=1),
    worst=0,
    neutral=0,
    best=1,
    window=365,
)
def advocacy(vouched: Floats) -> Floats:
    """Reviews, references and case studies in 365 days. A bonus: none is not bad."""
    return zero(vouched)


@measure(
    _("Social interactions"),
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    parts={"spoken": SPOKEN},
    example=worked("7", spoken=7),
    worst=0,
    neutral=0,
    best=4,
    window=90,
)
def social_interactions(spoken: Floats) -> Floats:
    """Mentions of us and replies to us in 90 days: events `social_mention` and `social_reply`.

    The source finds the account by the handle of the contact or the account. A bonus: none is not bad.
    """
    return zero(spoken)


@measure(
    _("Social sentiment"),
    unit=Unit.BALANCE,
    direction=Direction.HIGHER,
    parts={"toned": TONED, "liked": LIKED, "disliked": DISLIKED},
    example=worked("0.5", toned=6, liked=5, disliked=1),
    worst=-0.60,
    neutral=0,
    best=0.60,
    window=90,
)
def social_sentiment(toned: Floats, liked: Floats, disliked: Floats) -> Floats:
    """(positive − negative) ÷ (n + 2) of the mentions and replies in 90 days, −1…1.

    An event tells its sentiment as its feature: `positive`, `negative` or `neutral`. n is those that tell one; nothing
    without any.
    """
    return balance(zero(liked), zero(disliked), toned)
