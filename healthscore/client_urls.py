"""The addresses below `/v1/`: Segment's HTTP tracking API, for client libraries."""

from django.urls import path

from accounts.api.segment import VIEWS, BatchView

urlpatterns = [
    *(path(name, view.as_view(), name=f"segment-{name}") for name, view in VIEWS.items()),
    path("batch", BatchView.as_view(), name="segment-batch"),
    path("import", BatchView.as_view(), name="segment-import"),
]
