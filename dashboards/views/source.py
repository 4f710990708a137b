"""One source: adding it, its keys, and a test event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import trying
from accounts.api.errors import ApiError
from accounts.connecting import ConnectError, connect, hooks
from accounts.importers.ready import ready
from accounts.models import ApiKey, Membership, Source
from accounts.providers import PROVIDERS
from dashboards.panels.hook import answered, not_answered
from dashboards.panels.push import first_account, tested_of
from dashboards.panels.source import add_page, source_page
from dashboards.panels.ways import WAYS, is_webhook, takes_keys
from dashboards.views.page import page, show

SCOPES = [
    ("events", gettext_lazy("push events")),
    ("events,read,write", gettext_lazy("push, read and write")),
    ("read", gettext_lazy("read")),
]


class KeyForm(forms.Form):
    """What a new key is for."""

    name = forms.CharField(label=gettext_lazy("Key"), max_length=100, initial="production")
    scope = forms.ChoiceField(label=gettext_lazy("May"), choices=SCOPES)
    creates_accounts = forms.BooleanField(label=gettext_lazy("Creates accounts that it does not know"), required=False)


class AddForm(forms.Form):
    """What kind of source, and what it is called here."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What sends"),
        choices=[(kind, way.name) for kind, way in WAYS.items() if way.group],
        initial=Source.Kind.REST,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    creates_accounts = forms.BooleanField(label=gettext_lazy("Creates accounts that it does not know"), required=False)
    mapping = forms.CharField(
        label=gettext_lazy("Mapping (YAML, as of files)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )

    def __init__(self, member: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = member.workspace

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Source.objects.of(self.workspace).filter(name=name).exists():
            raise forms.ValidationError(_("There is a source of this name."))
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@page("source.write")
def add(request: HttpRequest, member: Membership) -> HttpResponse:
    """Choose what sends; the answer shows the new source with its first key, once."""
    if request.method != "POST":
        kind = request.GET.get("kind", Source.Kind.REST)
        mapping = ready().get(request.GET.get("ready", ""))
        said = {"kind": kind, "mapping": mapping.text if mapping else ""}
        return show(request, "sources/add.html", add_page(member, AddForm(member, initial=said)))
    form = AddForm(member, request.POST)
    if not form.is_valid():
        response = show(request, "sources/add.html", add_page(member, form))
        response.status_code = 400
        return response
    if is_webhook(form.cleaned_data["kind"]):
        return _connect(request, member, form)
    asked = form.cleaned_data
    with transaction.atomic():
        source = Source.unscoped.create(workspace=member.workspace, name=asked["name"], kind=asked["kind"])
        scopes = ["events", "read", "write"] if source.kind == Source.Kind.REST else ["events"]
        _row, key = ApiKey.issue(
            member.workspace, source, "production", scopes, creates_accounts=asked["creates_accounts"]
        )
    return source_response(request, member, source, new_key=key)


def _connect(request: HttpRequest, member: Membership, form: AddForm) -> HttpResponse:
    """A source with an address; where we make its secret the answer shows it, once."""
    asked = form.cleaned_data
    mapping = asked["mapping"] if PROVIDERS[asked["kind"]].maps else ""
    try:
        hook, secret = connect(
            member.workspace, asked["name"], asked["kind"], timezone.now(),
            mapping=mapping, creates_accounts=asked["creates_accounts"],
        )  # fmt: skip
    except ConnectError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        response = show(request, "sources/add.html", add_page(member, form))
        response.status_code = 400
        return response
    return source_response(request, member, hook.source, new_secret=secret)


@require_safe
@page("source.read")
def source(request: HttpRequest, member: Membership, source: int) -> HttpResponse:
    """Keys, lines to paste, the week, the last events."""
    return source_response(request, member, found(member, source), language=request.GET.get("language", ""))


@require_POST
@page("source.write")
def create_key(request: HttpRequest, member: Membership, source: int) -> HttpResponse:
    """Make a key; the answer shows it, once."""
    form, of = KeyForm(request.POST), found(member, source)
    if not takes_keys(of.kind):
        raise Http404
    if not form.is_valid():
        response = source_response(request, member, of, form)
        response.status_code = 400
        return response
    asked = form.cleaned_data
    _row, key = ApiKey.issue(
        member.workspace, of, asked["name"], asked["scope"].split(","), creates_accounts=asked["creates_accounts"]
    )
    return source_response(request, member, of, new_key=key)


@require_POST
@page("source.write")
def rotate_key(request: HttpRequest, member: Membership, key: int) -> HttpResponse:
    """Make a key that may do the same; the old one lives on until it is revoked."""
    old = _key(member, key)
    if old.revoked_at is not None:
        messages.warning(request, _("The key is revoked: make another one."))
        return redirect("source", workspace=member.workspace.slug, source=old.source_id)
    _row, secret = ApiKey.issue(
        member.workspace, old.source, old.name, list(old.scopes), creates_accounts=old.creates_accounts
    )
    return source_response(request, member, old.source, new_key=secret)


@require_POST
@page("source.write")
def revoke_key(request: HttpRequest, member: Membership, key: int) -> HttpResponse:
    """A revoked key is refused from now on; revoking it twice changes nothing."""
    old = _key(member, key)
    if old.revoked_at is None:
        old.revoked_at = timezone.now()
        old.save(update_fields=["revoked_at"])
        messages.success(request, _("The key is revoked."))
    return redirect("source", workspace=member.workspace.slug, source=old.source_id)


@require_POST
@page("source.write")
def test(request: HttpRequest, member: Membership, source: int) -> HttpResponse:
    """Send a test event, or a test message of a webhook, the way of the source's own; the answer says what became of
    it."""
    of, account = found(member, source), request.POST.get("account", "").strip()[:200]
    if is_webhook(of.kind):
        return _test_message(request, member, of)
    if not takes_keys(of.kind):
        raise Http404
    account = account or first_account(member.workspace)
    message, result = trying.send(of, account, timezone.now())
    tested = tested_of(of, account, message, result)
    return source_response(request, member, of, tested=tested, language=request.POST.get("language", ""))


def _test_message(request: HttpRequest, member: Membership, of: Any) -> HttpResponse:
    """Post what stands in the form as the provider would, and take it back."""
    hook, body = hooks(member.workspace, [of]).get(of.pk), request.POST.get("body", "")
    if hook is None:
        raise Http404
    hook.source = of
    try:
        tested = answered(*trying.post(hook, body, timezone.now()))
    except ApiError as error:
        tested = not_answered(error)
    return source_response(request, member, of, tested=tested, sample=body)


@require_POST
@page("source.write")
def test_back(request: HttpRequest, member: Membership, source: int, message: str) -> HttpResponse:
    """Take a test event back."""
    of = found(member, source)
    if not trying.take_back(of, message, timezone.now()):
        raise Http404
    messages.success(request, _("The test event is taken back."))
    return redirect("source", workspace=member.workspace.slug, source=of.pk)


def found(member: Membership, pk: int) -> Any:
    """The workspace's source of this id. Raises Http404."""
    source = Source.objects.of(member.workspace).filter(pk=pk).first()
    if source is None:
        raise Http404
    source.workspace = member.workspace
    return source


def _key(member: Membership, pk: int) -> Any:
    key = ApiKey.objects.of(member.workspace).filter(pk=pk).select_related("source").first()
    if key is None:
        raise Http404
    key.source.workspace = member.workspace
    return key


def source_response(
    request: HttpRequest, member: Membership, source: Any, form: Any = None, **more: Any
) -> HttpResponse:
    """The page of a source."""
    panel = source_page(member, source, timezone.now(), base_of(request), form or KeyForm(), **more)
    return show(request, "sources/source.html", panel, PARTS)


PARTS = {"push": "sources/push.html", "try": "sources/try.html"}


def base_of(request: HttpRequest) -> str:
    """The address under which we are reached."""
    return f"{request.scheme}://{request.get_host()}"
