"""Files that people bring in the browser: what is known of each, its bytes for as long as they are needed, and how
files with the same header were mapped before."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from accounts.models.source import Import
from accounts.models.workspace import Membership

# The source of files of which nobody said where they come from.
SOURCE = "Files"


class UploadQuerySet(WorkspaceQuerySet):
    def unfinished(self) -> UploadQuerySet:
        """Those a worker has to do something with."""
        return self.filter(state__in=Upload.OPEN)

    def newest_first(self) -> UploadQuerySet:
        return self.order_by("-pk")


class Upload(WorkspaceModel):
    """A file on its way in: mapped by a person, then checked and imported by workers, who claim the row."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("To be mapped")
        CHECKING = "checking", _("Being checked")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")

    OPEN = (State.CHECKING, State.IMPORTING)

    file_name = models.CharField(max_length=300)
    size = models.PositiveBigIntegerField()
    source_name = models.CharField(max_length=100, default=SOURCE)
    sheet = models.CharField(max_length=100, blank=True, default="", help_text=_("Which one, of a workbook"))
    sheets = models.JSONField(default=list)
    header = models.JSONField(default=list)
    sample = models.JSONField(default=list, help_text=_("The first rows: line and cells"))
    mapping = models.TextField(help_text=_("As in a mapping file"))
    mapped_by = models.CharField(max_length=100, blank=True, default="", help_text=_("What the mapping comes from"))
    creates_accounts = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.MAPPING)
    position = models.PositiveBigIntegerField(default=0, help_text=_("Bytes read so far"))
    rows = models.PositiveBigIntegerField(default=0, help_text=_("Rows read so far"))
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("Begun since something of it was stored"))
    checked = models.JSONField(null=True, help_text=_("What the dry run said of the mapping as it is"))
    failure = models.TextField(blank=True, default="")
    imported = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    brought_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    objects = WorkspaceManager(UploadQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="upload_in_workspace")]
        indexes = [models.Index(fields=["workspace", "state", "moved_at"], name="upload_open")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class UploadPart(WorkspaceModel):
    """Some bytes of an upload, in order; gone when it is imported, or after a week."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "upload", "number"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.number}"


class KnownHeader(WorkspaceModel):
    """How files with a header were mapped the last time."""

    header = models.CharField(max_length=64, help_text=_("A hash of the names of its columns"))
    mapping = models.TextField()
    source_name = models.CharField(max_length=100)
    creates_accounts = models.BooleanField(default=False)
    used_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "header"], name="known_header_once")]

    def __str__(self) -> str:
        return self.header
