from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        from accounts import audit
        from metrics import checks, kpis, measures  # noqa: F401
        from metrics.models import WATCHED

        audit.watch(WATCHED)
