from django.apps import AppConfig


class HealthscoreConfig(AppConfig):
    name = "healthscore"

    def ready(self) -> None:
        from healthscore import checks  # noqa: F401
