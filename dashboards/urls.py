"""Filled in soon."""

urlpatterns: list = []
