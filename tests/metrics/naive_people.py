"""The measures once more, slowly: who uses it, who speaks with us, and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from tests.metrics.naive import answers, mean, naive, over
from tests.metrics.witness import ANSWERING, Item, Witness


@naive("usage.active_of_peak", 364)
def active_of_peak(w: Witness, name: str) -> Any:
    blocks = [w.used(name, 28, back=28 * n) for n in range(13)]
    named = [len({item["contact"] for item in block if item["contact"]}) for block in blocks]
    counted = [max((item["users"] or 0 for item in block), default=0) for block in blocks]
    return over(named[0], max(named)) if any(named) else over(counted[0], max(counted))


@naive("usage.new_features", 90)
def new_features(w: Witness, name: str) -> Any:
    plans = {term["product"] for term in w.in_force(name, w.day)}
    new = {
        feature
        for feature, (since, of) in w.world.releases.items()
        if w.within(90, since) and (not of or plans & set(of))
    }
    return over(len(new & {w.feature(item) for item in w.used(name, 90)}), len(new))


@naive("usage.time_in_app", 28)
def time_in_app(w: Witness, name: str) -> Any:
    used = w.used(name, 28)
    seconds = sum(item["seconds"] or 0 for item in used)
    days = {(item["contact"], item["on"]) for item in used if item["contact"]}
    return over(Fraction(seconds, 60), len(days)) if seconds else None


@naive("support.first_response", 28)
def first_response(w: Witness, name: str) -> Any:
    night = w.day + timedelta(days=1)
    end = datetime(night.year, night.month, night.day, tzinfo=w.world.zone)
    waited = []
    for ticket in w.believed("tickets", name):
        if w.within(28, ticket["on"]):
            first = min([moment for moment, what in w.turns(name, ticket) if what in ANSWERING], default=end)
            waited.append(Fraction((first - ticket["opened_at"]).total_seconds()) / 3600)
    return median(waited) if waited else None


def touches(w: Witness, name: str, days: int) -> list[Item]:
    return [item for item in w.believed("touches", name) if w.within(days, item["on"])]


@naive("support.training", 180)
def training(w: Witness, name: str) -> Any:
    return sum(item["channel"] == "training" and item["attendees"] != 0 for item in touches(w, name, 180))


@naive("sentiment.csm_pulse", 60)
def csm_pulse(w: Witness, name: str) -> Any:
    given = [item for item in w.believed("pulses", name) if w.within(60, item["on"])]
    return max(given, key=lambda item: item["given_at"])["value"] if given else None


@naive("sentiment.survey_score", 90)
def survey_score(w: Witness, name: str) -> Any:
    found = [pair for kind in ("relationship", "custom") for pair in answers(w, name, kind)]
    return mean(
        [
            1 - scaled if item["survey"] in w.world.turned else scaled
            for item, scaled in found
            if w.within(90, item["on"])
        ]
    )


def said(w: Witness, name: str, days: int) -> list[Item]:
    return [item for item in w.believed("feedback", name) if w.within(days, item["on"])]


def balance(good: int, bad: int, n: int) -> Fraction | None:
    return Fraction(good - bad, n + 2) if n else None


@naive("sentiment.product_feedback", 180)
def product_feedback(w: Witness, name: str) -> Any:
    kinds = [item["kind"] for item in said(w, name, 180) if item.get("topic", "") in ("", "product")]
    praise, problems, requests = (kinds.count(kind) for kind in ("praise", "problem", "request"))
    return balance(praise, problems, praise + problems + requests)


@naive("engagement.days_since_touch")
def days_since_touch(w: Witness, name: str) -> Any:
    met = [t["on"] for t in w.believed("touches", name) if t["direction"] == "two_way"]
    return (w.day - max(met)).days if met else None


@naive("engagement.inbound_contacts", 30)
def inbound_contacts(w: Witness, name: str) -> Any:
    found = [item for item in touches(w, name, 30) if item["direction"] == "inbound"]
    return sum(item["channel"] in ("email", "chat", "call") for item in found)


def mailed(w: Witness, name: str, sign: str, people_only: bool = False) -> Fraction | None:
    def count(kind: str) -> int:
        found = w.signs(name, 90, kind)
        return sum(item["count"] for item in found if not (people_only and item["feature"] == "machine"))

    sent = count("email_delivered")
    return min(Fraction(1), Fraction(count(sign), sent)) if sent else None


@naive("engagement.email_opens", 90)
def email_opens(w: Witness, name: str) -> Any:
    return mailed(w, name, "email_opened", people_only=True)


@naive("engagement.email_clicks", 90)
def email_clicks(w: Witness, name: str) -> Any:
    return mailed(w, name, "email_clicked", people_only=True)


@naive("engagement.email_deleted", 90)
def email_deleted(w: Witness, name: str) -> Any:
    return mailed(w, name, "email_deleted")


@naive("advocacy.referrals", 365)
def referrals(w: Witness, name: str) -> Any:
    return sum(item["kind"] == "referral" for item in said(w, name, 365))


@naive("advocacy.future_talk", 180)
def future_talk(w: Witness, name: str) -> Any:
    return sum(item["kind"] == "future_talk" for item in said(w, name, 180))


@naive("advocacy.advocacy", 365)
def advocacy(w: Witness, name: str) -> Any:
    return sum(item["kind"] in ("review", "reference", "case_study") for item in said(w, name, 365))


@naive("advocacy.social_interactions", 90)
def social_interactions(w: Witness, name: str) -> Any:
    return sum(item["count"] for item in w.signs(name, 90, "social_mention", "social_reply"))


@naive("advocacy.social_sentiment", 90)
def social_sentiment(w: Witness, name: str) -> Any:
    counts = dict.fromkeys(("positive", "negative", "neutral", None), 0)
    for item in w.signs(name, 90, "social_mention", "social_reply"):
        counts[item["feature"]] += item["count"]
    toned = counts["positive"] + counts["negative"] + counts["neutral"]
    return balance(counts["positive"], counts["negative"], toned)
