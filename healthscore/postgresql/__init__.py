"""Django's backend for PostgreSQL, with a look at its connections that costs nothing."""
