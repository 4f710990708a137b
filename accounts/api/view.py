"""What all views of the API have in common."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.errors import ApiError


class ApiView(APIView):
    """A view that names the scope of each method: `scopes = {"GET": "read"}`."""

    scopes: dict[str, str] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.headers.get("Transfer-Encoding") and not request.headers.get("Content-Length"):
            # Django reads no body without a length: what was sent would silently be nothing.
            raise ApiError(411, "Transfer-Encoding", request.headers["Transfer-Encoding"], _("needs a Content-Length"))
