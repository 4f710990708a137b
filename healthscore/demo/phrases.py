"""What people write: subjects, comments, goals."""

from __future__ import annotations

THEMES: dict[str, list[str]] = {
    "access": [
        "Cannot sign in after password change", "New colleague gets no invitation", "Locked out since this morning",
        "Second factor does not arrive", "Former colleague still has access",
    ],
    "data": [
        "Totals differ from the ledger", "Rows missing after the import", "Duplicate customers in the list",
        "Yesterday's numbers are empty", "Currency is wrong in two reports",
    ],
    "export": [
        "Export times out", "CSV has the wrong separator", "Scheduled report did not arrive",
        "PDF cuts off the last column", "Export stops at 10,000 rows",
    ],
    "integration": [
        "Sync stopped at midnight", "API answers 429", "Webhook sends twice",
        "Token expired and cannot be renewed", "Field mapping got lost",
    ],
    "speed": [
        "Dashboard takes a minute to open", "Search is slow since the update", "Mobile app hangs on load",
        "Filters freeze the page", "Reports take minutes at month end",
    ],
    "billing": [
        "Seats on the invoice are wrong", "Please change the billing address", "Which plan are we on?",
        "Need the purchase order number on the invoice", "Invoice went to the wrong person",
    ],
    "question": [
        "How do I share a dashboard?", "Can alerts go to two people?", "Where do I set the time zone?",
        "How do I move a report to a colleague?", "Is there a limit on automations?", "Can we have our own colours?",
    ],
}  # fmt: skip
NPS_COMMENTS = {
    "low": [
        "Reports take minutes since the update.",
        "Nobody here knows how to use it any more.",
        "We ask twice for every answer.",
        "Too expensive for what we use.",
    ],
    "middle": ["Does what it should.", "Good, but the mobile app needs work.", "Fine. Onboarding was a bit slow.", ""],
    "high": [
        "Saves us two days a month.",
        "Our CSM knows our business.",
        "The whole team lives in it.",
        "Best support we have had from a vendor.",
    ],
}
# What is said of a feature while it is new.
OF_NEW_FEATURES = {
    "forecasts": {
        "low": ["The forecasts are off by half."],
        "middle": ["The forecasts look promising."],
        "high": ["The forecasts changed how we plan."],
    },
    "mobile": {
        "low": ["The mobile app signs us out twice a day.", "The mobile app drains the battery."],
        "middle": ["The mobile app is fine for reading."],
        "high": ["The mobile app is what our field team waited for."],
    },
    "api": {
        "low": ["The new API stops after a hundred calls."],
        "middle": ["The API works, its manual is thin."],
        "high": ["The API saves us a day a week."],
    },
}
TICKET_COMMENTS = {
    "low": ["Took far too long.", "Closed without an answer.", "Third time I report this.", ""],
    "middle": ["Solved in the end.", "", ""],
    "high": ["Quick and friendly.", "Solved on the first try.", "Great, thank you!", ""],
}
FEEDBACK: dict[str, list[tuple[str, str]]] = {
    "praise": [
        ("product", "The new dashboards are exactly what we needed."),
        ("service", "Your support answered within the hour, on a Sunday."),
        ("people", "Our CSM prepared the review better than we did."),
        ("brand", "We are proud to say that we work with you."),
    ],
    "problem": [
        ("product", "Exports fail every other week."),
        ("product", "Nobody finds anything in the new menu."),
        ("service", "We wait days for an answer."),
        ("people", "We have not heard from anyone since spring."),
    ],
    "request": [
        ("product", "Could alerts be sent by team?"),
        ("product", "We would like to lock a report for a month."),
        ("service", "Do you offer a training in our language?"),
        ("product", "Single sign-on would help us a lot."),
    ],
    "complaint": [
        ("service", "Our ticket has been open for two weeks."),
        ("product", "Month-end numbers were wrong twice in a row."),
        ("service", "We were promised a call back that never came."),
        ("people", "Every time we explain our set-up to somebody new."),
    ],
    "referral": [
        ("brand", "Introduced us to a partner company."),
        ("brand", "Recommended us to their sister company."),
    ],
    "future_talk": [
        ("product", "They plan to roll it out to the second site."),
        ("product", "Talked about next year: two more departments."),
    ],
    "review": [
        ("brand", "Five stars on a review site: easy to love."),
        ("brand", "Four stars and a long, fair review."),
    ],
    "reference": [("brand", "Took a reference call with a prospect."), ("brand", "Agreed to be named on the website.")],
    "case_study": [("brand", "Case study published.")],
}
TOUCHES = {
    "call": ["Check-in call", "How the month went", "Questions on alerts", "Follow-up on open points"],
    "meeting": ["On-site visit", "Planning the next quarter", "Meeting with the new lead"],
    "email": ["News on your request", "Material after our call", "Checking in", "Answer on pricing"],
    "chat": ["Quick question", "Help with a filter"],
    "training": ["Training: reports", "Training: automations", "Training for new users"],
    "review": ["Business review", "Quarterly review with the sponsor"],
}
OUTCOMES = ["All well.", "Next steps agreed.", "Waits for a colleague.", "Wants a demo of forecasts.", "No news.", ""]
PULSES = {
    1: ["They told me they are looking around.", "No one answers any more."],
    2: ["Use is falling and nobody owns it.", "Sponsor is gone, no successor yet."],
    3: ["Calm, but I do not know the team well.", "Could use more features."],
    4: ["Going well.", "Good relationship, stable use."],
    5: ["Partner in every sense.", "They bring us new ideas."],
}
# Name, unit, where it begins, where it should get.
GOALS = [
    ("Close the month in fewer days", "days", 9, 4),
    ("Reports made by hand each week", "reports", 40, 10),
    ("Orders handled each day", "orders", 120, 200),
    ("Teams on the platform", "teams", 1, 6),
    ("First answer to own customers", "hours", 16, 4),
    ("Share of orders without a mistake", "%", 88, 97),
    ("Processes automated", "processes", 2, 12),
]
