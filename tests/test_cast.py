"""The cast itself: what the other tests take for granted."""

from datetime import date

from tests.cast import account, night, snapshot, tell


def test_the_cast_is_assembled_and_a_night_scores_an_account(cast):
    acme = cast.acme
    one = account(acme, "one", owner="alice@acme.example", team="North", started_on="2024-01-01")
    tell(
        acme,
        "subscriptions",
        {"id": "s1", "account": "one", "starts_on": "2024-01-01", "amount": 100, "seats": 10},
    )
    tell(
        acme,
        "events",
        *(
            {"account": "one", "name": "login", "contact": f"p{n}", "occurred_at": f"2025-06-1{n}T10:00:00Z"}
            for n in range(4)
        ),
    )
    run = night(acme, date(2025, 6, 20))
    assert run.state == "published"
    shot = snapshot(acme, "one", date(2025, 6, 20))
    assert (one.owner, one.team) == (cast.alice, cast.north)
    assert dict(zip(run.measures, shot.values, strict=False))["usage.active_seats"] == 0.4
    assert snapshot(cast.evil, "one", date(2025, 6, 20)) is None
