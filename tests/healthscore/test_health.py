"""What the service says of itself where the database goes away under a connection that is kept."""

ASK = """
import django, psycopg2, sys
django.setup()
from django.db import close_old_connections
from django.test import Client

def ask():
    close_old_connections()  # as every request does, but not the test client
    answer = Client().get("/readyz", headers={"host": "health.example.com"})
    print(answer.status_code, answer.json()["database"])

ask()
server = psycopg2.connect(sys.argv[1])
server.autocommit = True
cursor = server.cursor()
END = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'empty'"
cursor.execute(END)
ask()
cursor.execute("ALTER DATABASE empty ALLOW_CONNECTIONS false")
cursor.execute(END)
ask()
cursor.execute("ALTER DATABASE empty ALLOW_CONNECTIONS true")
ask()
"""


def test_a_database_that_went_away_is_503_and_comes_back(production, empty):
    superuser = production.url("postgres")
    done = empty.python("-c", ASK, superuser, DJANGO_SETTINGS_MODULE="healthscore.settings")
    # The tables of an empty database are behind, hence 503 from the start; a connection that was ended is made anew.
    assert done.stdout.splitlines() == ["503 ok", "503 ok", "503 does not answer", "503 ok"], done.stderr
