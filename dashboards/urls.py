"""The pages. All but the first two lie below a workspace, whose members alone may see them."""

from datetime import date

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from dashboards.panels.settings.tables import COSTS, RATES, TARGETS
from dashboards.views import (
    account,
    account_tables,
    accounts,
    backtest,
    bands,
    bulk,
    definitions,
    entries,
    event_names,
    evidence,
    feedback,
    home,
    join,
    journey,
    me,
    notes,
    people,
    portfolio,
    records,
    runs,
    saved_views,
    scorecard_history,
    scorecard_versions,
    scorecards,
    search,
    share,
    shared,
    sources,
    studio,
    suggestion,
    tags,
    team,
    why,
)
from dashboards.views.settings import audit, calendar, customers, first, mail, members, money, retention, segments
from dashboards.views.settings.items import STAGES, TAGS, TEAMS, adding, changing, deleting, listing
from dashboards.views.settings.tables import adding as adding_row
from dashboards.views.settings.tables import downloading, taking_back, uploading
from dashboards.views.settings.tables import listing as listing_table


class DayConverter(StringConverter):
    """A day of this century, as 2026-11-22."""

    regex = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:  # type: ignore[override]
        return date.fromisoformat(value)


register_converter(DayConverter, "day")

settings = [
    path("calendar", calendar.calendar, name="settings-calendar"),
    path("calendar/save", calendar.save, name="settings-calendar-save"),
    path("members", members.members, name="settings-members"),
    path("members/<int:member_id>", members.one, name="settings-member"),
    path("members/<int:member_id>/save", members.save, name="settings-member-save"),
    path("members/<int:member_id>/end", members.end, name="settings-member-end"),
    path("members/<int:member_id>/revive", members.revive, name="settings-member-revive"),
    path("members/invite", members.invite, name="settings-invite"),
    path("members/invitations/<int:invitation>/again", members.again, name="settings-invite-again"),
    path("members/invitations/<int:invitation>/revoke", members.revoke, name="settings-invite-revoke"),
    path("members/second-factor", members.second_factor, name="settings-second-factor"),
    path("customers", customers.customers, name="settings-customers"),
    path("customers/save", customers.save, name="settings-customers-save"),
    path("money", money.money, name="settings-money"),
    path("money/save", money.save, name="settings-money-save"),
    path("mail", mail.mail, name="settings-mail"),
    path("mail/renew", mail.renew, name="settings-mail-renew"),
    path("mail/<int:address>/retire", mail.retire, name="settings-mail-retire"),
    path("retention", retention.retention, name="settings-retention"),
    path("retention/save", retention.save, name="settings-retention-save"),
    *(
        path(f"{table.name}s{end}", view(table), name=f"settings-{table.name}{name}")
        for table in (RATES, COSTS, TARGETS)
        for end, view, name in (
            ("", listing_table, "s"),
            (".<slug:form>", downloading, "s-file"),
            ("/add", adding_row, "-add"),
            ("/upload", uploading, "s-upload"),
            (f"/<int:{table.name}>/take-back", taking_back, "-take-back"),
        )
    ),
    path("teams", listing(TEAMS), name="settings-teams"),
    path("teams/add", adding(TEAMS), name="settings-team-add"),
    path("teams/<int:team>", changing(TEAMS), name="settings-team"),
    path("teams/<int:team>/delete", deleting(TEAMS), name="settings-team-delete"),
    path("stages", listing(STAGES), name="settings-stages"),
    path("stages/add", adding(STAGES), name="settings-stage-add"),
    path("stages/<int:stage>", changing(STAGES), name="settings-stage"),
    path("stages/<int:stage>/delete", deleting(STAGES), name="settings-stage-delete"),
    path("tags", listing(TAGS), name="settings-tags"),
    path("tags/add", adding(TAGS), name="settings-tag-add"),
    path("tags/<int:tag>", changing(TAGS), name="settings-tag"),
    path("tags/<int:tag>/delete", deleting(TAGS), name="settings-tag-delete"),
    path("segments", segments.segments, name="settings-segments"),
    path("segments/rename", segments.rename, name="settings-segment"),
    path("links", share.links, name="settings-links"),
    path("audit", audit.audit, name="settings-audit"),
]

pages = [
    path("portfolio", portfolio.portfolio, name="portfolio"),
    path("portfolio/filters", portfolio.drawer, name="portfolio-filters"),
    path("portfolio/first-steps/hide", portfolio.hide_first_steps, name="hide-first-steps"),
    path("portfolio/views", saved_views.save, name="views"),
    path("portfolio/views/<int:view>", saved_views.change, name="view"),
    path("portfolio.<slug:form>", portfolio.file, name="portfolio-file"),
    path("search", search.search, name="search"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts.<slug:form>", accounts.file, name="accounts-file"),
    path("accounts/<int:account>", account.account, name="account"),
    path("accounts/<int:account>/why", why.why, name="why"),
    path("accounts/<int:account>/why/oldest", why.oldest, name="account-oldest"),
    path("accounts/<int:account>/timeline", account.timeline, name="timeline"),
    path("accounts/<int:account>/people", people.people, name="account-people"),
    path("accounts/<int:account>/money", account_tables.money, name="account-money"),
    path("accounts/<int:account>/support", account_tables.support, name="account-support"),
    path("accounts/<int:account>/parent", people.parent, name="account-parent"),
    path("accounts/<int:account>/tables/<slug:kind>.<slug:form>", account_tables.file, name="account-table"),
    path("accounts/<int:account>/notes/add", notes.add, name="add-note"),
    path("accounts/<int:account>/notes/<int:note>", notes.note, name="note"),
    path("accounts/<int:account>/notes/<int:note>/take-back", notes.take_back, name="take-back-note"),
    path("accounts/<int:account>/notes/<int:note>/restore", notes.restore, name="restore-note"),
    path("accounts/<int:account>/notes/<int:note>/pin", notes.pin, name="pin-note"),
    path("mentions", notes.mentions, name="mentions"),
    path("accounts/<int:account>/timeline/<day:day>", account.timeline_day, name="timeline-day"),
    path("accounts/<int:account>/evidence/<str:measure>", evidence.evidence, name="evidence"),
    path("accounts/<int:account>/evidence/<str:measure>/records.<slug:form>", evidence.file, name="evidence-file"),
    path("accounts/<int:account>/evidence/<str:measure>/events", evidence.events, name="evidence-events"),
    path("accounts/<int:account>/share", share.share, name="share"),
    path("accounts/<int:account>/share/<int:link>/take-back", share.take_back, name="take-link-back"),
    path("accounts/<int:account>/tags", tags.tags, name="account-tags"),
    path("accounts/<int:account>/band", bands.band, name="manual-band"),
    path("accounts/<int:account>/band/end", bands.end, name="end-manual-band"),
    path("bulk", bulk.change, name="bulk"),
    path("bulk/changes", bulk.changes, name="bulk-changes"),
    path("bulk/changes/<int:change>/undo", bulk.undo, name="bulk-undo"),
    path("bands-by-hand", bands.by_hand, name="manual-bands"),
    path("accounts/<int:account>/add/<slug:entry>", entries.add, name="add-entry"),
    path("accounts/<int:account>/entries/<slug:entry>/<int:fact>", entries.entry, name="entry"),
    path("accounts/<int:account>/entries/<slug:entry>/<int:fact>/take-back", entries.take_back, name="take-back"),
    path("accounts/<int:account>/entries/<slug:entry>/<int:fact>/restore", entries.restore, name="restore"),
    path("scorecards", scorecards.scorecards, name="scorecards"),
    path("scorecards/history", scorecard_history.history, name="scorecard-history"),
    path("scorecards/history/<slug:sheet>.<slug:form>", scorecard_history.file, name="scorecard-history-file"),
    path("scorecards/add", scorecards.add, name="scorecard-add"),
    path("scorecards/<int:scorecard>/compare", scorecard_versions.compare, name="scorecard-compare"),
    path("scorecards/<int:scorecard>/upload", scorecard_versions.upload, name="scorecard-upload"),
    path(
        "scorecards/<int:scorecard>/versions/<int:number>.<slug:form>", scorecard_versions.file, name="scorecard-file"
    ),
    path("scorecards/<int:scorecard>/save", scorecards.save, name="scorecard-save"),
    path("scorecards/<int:scorecard>/close", scorecards.shut, name="scorecard-close"),
    path("team", team.team, name="team"),
    path("team/<slug:table>.<slug:form>", team.table, name="team-table"),
    path("kpis", team.kpis, name="kpis"),
    path("kpis/<slug:group>.<slug:name>", records.kpi, name="kpi"),
    path("kpis/<slug:group>.<slug:name>/records.<slug:form>", records.file, name="kpi-file"),
    path("definitions", definitions.definitions, name="definitions"),
    path("journey", journey.journey, name="journey"),
    path("journey/accounts", journey.accounts, name="journey-accounts"),
    path("journey/accounts.<slug:form>", journey.file, name="journey-file"),
    path("journey/<slug:sheet>.<slug:form>", journey.sheet, name="journey-sheet"),
    path("scorecards/<int:scorecard>", studio.studio, name="scorecard"),
    path("scorecards/<int:scorecard>/change", studio.change, name="scorecard-change"),
    path("scorecards/<int:scorecard>/publish", studio.publish, name="scorecard-publish"),
    path("scorecards/<int:scorecard>/backtest", backtest.backtest, name="backtest"),
    path("scorecards/<int:scorecard>/backtest/start", backtest.start, name="backtest-start"),
    path("scorecards/<int:scorecard>/suggestion", suggestion.suggestion, name="suggestion"),
    path("scorecards/<int:scorecard>/suggestion/start", suggestion.start, name="suggestion-start"),
    path("scorecards/<int:scorecard>/suggestion/take", suggestion.take_over, name="suggestion-take"),
    path("feedback", feedback.feedback, name="feedback"),
    path("feedback.<slug:form>", feedback.file, name="feedback-file"),
    path("runs", runs.runs, name="runs"),
    path("sources", sources.sources, name="sources"),
    path("sources/live", sources.live, name="live"),
    path("sources/keys", sources.create_key, name="create-key"),
    path("sources/keys/<int:key>/revoke", sources.revoke_key, name="revoke-key"),
    path("sources/imports/<int:imported>", sources.imported, name="import"),
    path("event-names", event_names.event_names, name="event-names"),
    path("event-names/<int:event_name>", event_names.event_name, name="event-name"),
    path("event-names/<int:event_name>/save", event_names.save, name="event-name-save"),
    path("event-names/features", event_names.save_features, name="features-save"),
    path("event-names/first-value", event_names.save_first_value, name="first-value-save"),
    path("settings", first.first, name="settings"),
    path("settings/", include(settings)),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("theme", home.theme, name="theme"),
    path("me", me.profile, name="profile"),
    path("me/email", me.ask_email, name="ask-email"),
    path("me/email/<str:token>", me.confirm_email, name="confirm-email"),
    path("me/devices", me.devices, name="devices"),
    path("me/devices/<int:device>/end", me.end_device, name="end-device"),
    path("me/devices/end", me.end_other_devices, name="end-other-devices"),
    path("join", join.join, name="join"),
    path("join/<str:token>", join.invitation, name="invitation"),
    path("s/<str:token>", shared.shared, name="shared"),
    path("w/<slug:workspace>/", include(pages)),
]
