"""The accounts with a part of their own, so that the newest day of a first start has something to tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A fixed name, size and story. `began` and `renews` count days from the end of the first eighteen months."""

    name: str
    culture: str
    country: str
    seats: int
    mrr: int
    fit: float
    story: str = ""
    began: int = 0
    renews: int = 200


# By workspace and account number; the numbers above 228 begin inside the window.
CAST: dict[tuple[str, int], Part] = {
    ("northwind", 1): Part("Nordlys Freight", "nordic", "Norway", 80, 14_200, 0.66, "champion_leaves", -52, 26),
    ("northwind", 2): Part("Cadena Sur", "spanish", "Chile", 48, 6_850, 0.6, "crisis_leaves", -62, 27),
    ("northwind", 3): Part("Brightwater Clinics", "english", "Ireland", 40, 5_400, 0.62, "support_crisis", -30, 54),
    ("northwind", 4): Part("Vela Insurance", "spanish", "Spain", 80, 11_900, 0.45, "fade", -120, 72),
    ("northwind", 5): Part("Atelier Moreau", "french", "France", 12, 980, 0.5, "quiet_contraction", -75, 36),
    ("northwind", 6): Part("Ombra Studio", "italian", "Italy", 9, 1_400, 1.0, "", 0, 285),
    ("northwind", 7): Part("Quanta Legal", "english", "United States", 42, 4_900, 0.74, "complaint_handled", -20, 140),
    ("northwind", 8): Part("Sable Hotels", "english", "United Kingdom", 110, 16_750, 0.9, "advocate", -120, 210),
    ("northwind", 9): Part("Halden Robotics", "nordic", "Norway", 120, 18_300, 0.68, "cash_trouble", -100, 160),
    ("northwind", 295): Part("Kopi Nusantara", "indonesian", "Indonesia", 15, 1_150, 0.8, "onboarding_rescued", 0, 0),
}
