"""The two invented companies whose customers the demo shows."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "healthscore-demo"  # noqa: S105
SEED = "healthscore"
# Eighteen months of history on the first start.
WINDOW = 548

SEATS = {"SMB": (5, 19), "Mid-market": (21, 60), "Enterprise": (72, 130)}
LIMITS = {"SMB": 20, "Mid-market": 70}
FEATURES = [
    "dashboards", "reports", "exports", "alerts", "automations",
    "integrations", "comments", "forecasts", "mobile", "api",
]  # fmt: skip
# Released so many days after the beginning.
NEW_FEATURES = {"forecasts": 200, "mobile": 480, "api": 510}


@dataclass(frozen=True)
class Person:
    """Somebody who signs in."""

    name: str
    role: str
    team: str = ""


@dataclass(frozen=True)
class Company:
    """A workspace-to-be. `accounts` is how many there are at the end of the first eighteen months."""

    slug: str
    name: str
    zone: str
    currency: str
    accounts: int
    people: tuple[Person, ...]
    cultures: tuple[str, ...]
    price: float
    foreign: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    def email(self, person: Person) -> str:
        """Returns the login: the first name at the company's domain."""
        return f"{person.name.split()[0].lower()}@{self.domain}"

    @property
    def csms(self) -> list[Person]:
        return [person for person in self.people if person.role == "csm"]

    @property
    def teams(self) -> list[str]:
        return list(dict.fromkeys(person.team for person in self.people if person.team))


NORTHWIND = Company(
    slug="northwind",
    name="Northwind Cloud",
    zone="America/New_York",
    currency="USD",
    accounts=300,
    people=(
        Person("Carol Whitfield", "admin"),
        Person("Rafael Quispe", "manager", "Andes"),
        Person("Katrin Tamm", "manager", "Baltic"),
        Person("Ana Rojas", "csm", "Andes"),
        Person("Claire Petit", "csm", "Andes"),
        Person("David Okafor", "csm", "Andes"),
        Person("Erik Lindqvist", "csm", "Baltic"),
        Person("Marta Kowalska", "csm", "Baltic"),
        Person("Olena Bondar", "csm", "Baltic"),
        Person("Vera Stone", "viewer"),
    ),
    cultures=("english", "spanish", "nordic", "french", "german", "italian", "baltic", "portuguese"),
    price=52.0,
    foreign=("EUR",),
)
KOPI = Company(
    slug="kopi",
    name="Kopi Systems",
    zone="Asia/Jakarta",
    currency="EUR",
    accounts=100,
    people=(
        Person("Dian Kusuma", "admin"),
        Person("Dewi Lestari", "manager", "Java"),
        Person("Budi Santoso", "csm", "Java"),
        Person("Siti Rahma", "csm", "Java"),
        Person("Yanti Halim", "viewer"),
    ),
    cultures=("indonesian", "malay", "japanese", "indian"),
    price=34.0,
)
COMPANIES = (NORTHWIND, KOPI)
