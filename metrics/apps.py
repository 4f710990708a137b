from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        from metrics import checks, measures  # noqa: F401
        from accounts import audit
        from metrics.models import WATCHED

        audit.watch(WATCHED)
