"""Everything that is told or decided: one module for each subject."""

from accounts.models.account import Account, AccountHistory, AccountTag, Stage, Tag
from accounts.models.audit import AuditEntry
from accounts.models.billing import (
    Churn,
    Deal,
    ExchangeRate,
    Invoice,
    Payment,
    ProgramCost,
    Purchase,
    Subscription,
)
from accounts.models.bulk import BulkChange
from accounts.models.event import DirtyDay, Event, EventKey, EventName
from accounts.models.hook import Heard, Hook, Secret
from accounts.models.inbound import MailAddress
from accounts.models.invitation import Invitation
from accounts.models.link import Link, Waiting
from accounts.models.relationship import (
    ClientFigure,
    Contact,
    Feedback,
    Goal,
    Mention,
    Note,
    Pulse,
    Release,
    Touch,
)
from accounts.models.source import AccountChange, AccountImport, IdempotencyKey, Import, Refused, Source
from accounts.models.support import Ticket, TicketEvent
from accounts.models.survey import Survey, SurveyKind, SurveyResponse
from accounts.models.upload import KnownHeader, Upload, UploadPart
from accounts.models.user import User
from accounts.models.view import SavedView, ShareLink
from accounts.models.workspace import ApiKey, Membership, Role, Team, Workspace

__all__ = [
    "Account",
    "AccountChange",
    "AccountHistory",
    "AccountImport",
    "AccountTag",
    "ApiKey",
    "AuditEntry",
    "BulkChange",
    "Churn",
    "ClientFigure",
    "Contact",
    "Deal",
    "DirtyDay",
    "Event",
    "EventKey",
    "EventName",
    "ExchangeRate",
    "Feedback",
    "Goal",
    "Heard",
    "Hook",
    "IdempotencyKey",
    "Import",
    "Invitation",
    "Invoice",
    "KnownHeader",
    "Link",
    "MailAddress",
    "Membership",
    "Mention",
    "Note",
    "Payment",
    "ProgramCost",
    "Pulse",
    "Purchase",
    "Refused",
    "Release",
    "Role",
    "SavedView",
    "Secret",
    "ShareLink",
    "Source",
    "Stage",
    "Subscription",
    "Survey",
    "SurveyKind",
    "SurveyResponse",
    "Tag",
    "Team",
    "Ticket",
    "TicketEvent",
    "Touch",
    "Upload",
    "UploadPart",
    "User",
    "Waiting",
    "Workspace",
]
