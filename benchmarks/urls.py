"""The product's addresses and the rival's."""

from django.urls import path

from benchmarks.bulk_create import BulkCreate
from healthscore.urls import urlpatterns as product

urlpatterns = [path("bulk-create", BulkCreate.as_view()), *product]
