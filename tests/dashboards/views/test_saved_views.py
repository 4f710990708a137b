"""Saved views of the portfolio: kept, shared, changed by who may, opened first, and old ones that fit no more."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.http import HttpResponse

from accounts.models import Membership, SavedView, Stage
from tests.dashboards.conftest import Book, sign_in

URL = "/w/acme/portfolio"
pytestmark = pytest.mark.usefixtures("at_noon")


def save(member: Membership, name: str, query: str = "", shared: str = "nobody") -> SavedView:
    told = {"name": name, "query": query, "shared": shared}
    assert sign_in(member).post(f"{URL}/views", told).status_code == 302
    return SavedView.objects.of(member.workspace).get(owner=member, name=name)


def act(member: Membership, view: SavedView, do: str, **more: str) -> HttpResponse:
    return sign_in(member).post(f"/w/{member.workspace.slug}/portfolio/views/{view.pk}", {"do": do, **more})


def names(member: Membership) -> list[str]:
    """The views that a member finds."""
    return [view.name for view in sign_in(member).get(f"{URL}?view=none").context["panel"].tools.views]


def opened(member: Membership, query: str = "") -> tuple[str, HttpResponse]:
    """The address to which the portfolio leads, and the page there."""
    response = sign_in(member).get(f"{URL}{query}", follow=True)
    return response.redirect_chain[-1][0] if response.redirect_chain else "", response


def test_a_view_keeps_filters_order_and_columns_but_not_the_page(book: Book) -> None:
    alice = book.cast.alice
    view = save(alice, "Red", "show=poor&sort=-mrr&columns=mrr,owner&page=3&q=nord")
    assert view.query == "q=nord&sort=-mrr&columns=mrr%2Cowner&show=poor"
    address, page = opened(alice, f"?view={view.pk}")
    assert address == f"{URL}?{view.query}"
    panel = page.context["panel"]
    assert [row.name for row in panel.rows] == ["Nordlys Freight"]
    assert [column.key for column in panel.columns] == ["name", "mrr", "owner"]
    assert panel.tools.current.name == "Red"
    assert sign_in(alice).get(f"{URL}?show=poor").context["panel"].tools.current is None


def test_saved_again_under_its_name_it_is_replaced(book: Book) -> None:
    view = save(book.cast.alice, "Mine", "show=poor")
    assert save(book.cast.alice, "Mine", "show=healthy").pk == view.pk
    assert names(book.cast.alice) == ["Mine"]


def test_who_sees_which_views(book: Book) -> None:
    cast = book.cast
    for shared in ("nobody", "team", "workspace"):
        save(cast.alice, shared, "show=poor", shared)
    assert names(cast.alice) == ["nobody", "team", "workspace"]
    assert names(cast.bob) == ["team", "workspace"]
    assert names(cast.victor) == names(cast.carol) == ["workspace"]
    hidden = SavedView.objects.of(cast.acme).get(name="nobody")
    assert act(cast.carol, hidden, "delete").status_code == 404
    address, page = opened(cast.bob, f"?view={hidden.pk}")
    assert address == f"{URL}?view=none"
    assert "not there" in page.content.decode()


def test_a_view_without_a_csm_is_the_book_of_who_opens_it(book: Book) -> None:
    view = save(book.cast.alice, "Red", "show=poor", "workspace")
    assert opened(book.cast.alice, f"?view={view.pk}")[1].context["panel"].is_own
    assert opened(book.cast.bob, f"?view={view.pk}")[1].context["panel"].title == "All accounts"


def test_only_the_owner_and_an_admin_change_it(book: Book) -> None:
    cast = book.cast
    view = save(cast.alice, "Red", "show=poor", "workspace")
    for member in (cast.bob, cast.victor):
        assert act(member, view, "delete").status_code == 403
        assert act(member, view, "keep", name="Mine").status_code == 403
    assert act(cast.alice, view, "keep", name="Dark red", shared="team").status_code == 302
    assert names(cast.bob) == ["Dark red"]
    act(cast.alice, view, "keep", name="Dark red", shared="workspace")
    assert act(cast.carol, view, "delete").status_code == 302
    assert names(cast.alice) == []


def test_a_viewer_keeps_views_and_shares_none(book: Book) -> None:
    save(book.cast.victor, "Mine", "show=poor", "")
    answer = sign_in(book.cast.victor).post(f"{URL}/views", {"name": "Ours", "shared": "workspace"})
    assert answer.status_code == 400
    assert "shared" in answer.content.decode()
    assert names(book.cast.victor) == ["Mine"]


def test_the_portfolio_opens_with_a_view_and_a_link_shows_all_again(book: Book) -> None:
    alice = book.cast.alice
    view = save(alice, "Red", "show=poor")
    assert act(alice, view, "open").status_code == 302
    assert opened(alice)[0] == f"{URL}?show=poor"
    page = opened(alice, "?view=none")[1].context["panel"]
    assert len(page.rows) == 2
    assert page.here == page.clear_url == page.chips[0].url == f"{URL}?view=none"
    assert page.files[0].url == f"{URL}.csv?view=none"
    assert len(sign_in(alice).get(f"{URL}?sort=name").context["panel"].rows) == 2
    act(alice, view, "close")
    assert opened(alice)[0] == ""


def test_a_view_that_is_gone_opens_nothing(book: Book) -> None:
    alice, bob = book.cast.alice, book.cast.bob
    view = save(alice, "Red", "show=poor", "team")
    act(bob, view, "open")
    act(alice, view, "keep", name="Red", shared="nobody")
    address, page = opened(bob)
    assert (address, page.status_code) == (f"{URL}?view=none", 200)
    view.delete()
    assert opened(bob)[0] == ""


def test_of_an_old_view_what_fits_no_more_is_left_out_with_a_word(book: Book) -> None:
    alice = book.cast.alice
    stage = Stage.unscoped.create(workspace=book.cast.acme, name="Gone", position=9)
    view = save(alice, "Old", f"show=poor&stage={stage.pk}")
    SavedView.objects.of(book.cast.acme).filter(pk=view.pk).update(
        query=f"{view.query}&show=sleepy&columns=mrr,aura&sort=size&csm=99&team=abc&segment=Nowhere&x=%00&page=0"
    )
    stage.delete()
    address, page = opened(alice, f"?view={view.pk}")
    assert address == f"{URL}?show=poor"
    said = page.content.decode()
    assert "nothing fits any more" in said
    assert all(name in said for name in ("show", "columns", "sort", "csm", "team", "segment", "stage"))


@pytest.mark.parametrize("view", ["0", "x", "²", "9" * 30, "-1", "%00"])
def test_a_view_that_never_was_is_said_to_be_gone(book: Book, view: str) -> None:
    assert opened(book.cast.alice, f"?view={view}")[0] == f"{URL}?view=none"


@pytest.mark.parametrize(
    ("told", "field"),
    [({}, "name"), ({"name": " "}, "name"), ({"name": "x" * 61}, "name"), ({"name": "a\x00b"}, "name"),
     ({"name": "a", "shared": "all"}, "shared")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_name(book: Book, told: dict[str, str], field: str) -> None:
    answer = sign_in(book.cast.alice).post(f"{URL}/views", told)
    assert answer.status_code == 400
    assert f"{field}: " in answer.content.decode()


def test_two_views_of_a_person_do_not_get_one_name_and_nobody_keeps_hundreds(book: Book) -> None:
    alice = book.cast.alice
    one, _two = save(alice, "One"), save(alice, "Two")
    assert act(alice, one, "keep", name="Two", shared="nobody").status_code == 400
    assert act(alice, one, "fly").status_code == 400
    SavedView.unscoped.bulk_create(SavedView(workspace=alice.workspace, owner=alice, name=f"v{n}") for n in range(48))
    assert sign_in(alice).post(f"{URL}/views", {"name": "v48"}).status_code == 400
    save(alice, "One", "show=poor")


def test_a_stranger_finds_no_view(book: Book, at_noon: datetime) -> None:
    view = save(book.cast.alice, "Red", "show=poor", "workspace")
    assert act(book.cast.mallory, view, "open").status_code == 404
    response = sign_in(book.cast.mallory).get(f"/w/evil/portfolio?view={view.pk}", follow=True)
    assert response.redirect_chain[-1][0] == "/w/evil/portfolio?view=none"
