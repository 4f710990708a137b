"""`/api/docs`: the OpenAPI document to read and to try, by Swagger UI from the installed package."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Open to anybody: it shows what the program can do, and nothing of what is in it."""
    return render(request, "api_docs.html")
