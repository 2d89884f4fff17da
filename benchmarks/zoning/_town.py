"""The made-up town and outbreak that the figures of enforceable perimeters are measured on."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from geozone.admin import load_units
from geozone.geodesy import LocalFrame, distance_m
from geozone.rules.zoning_rules import ZoningRules
from geozone.synthetic.town import Town, make_town
from geozone.zoning import Land

AS_OF = dt.date(2021, 11, 20)
COMMUNE = "09187"
RULES = ZoningRules(activity_days=14, link_m=300, containment_m=300, lift_days=14, green_days=14)
PLACES_M = (
    (150, 60), (90, -40), (0, 90), (-90, 40), (-160, -60), (-60, -150), (60, -180), (-220, 120), (120, 190),
    (-700, -600), (560, -720), (640, 380),
)  # fmt: skip
"""Where cases live, metres east and north of the middle: most on one bank of the river, three elsewhere."""


def town(side_m: float = 3_600.0, *, seed: int = 2021) -> tuple[Land, Town]:
    """The embedded communes, and a town in the middle of one of them."""
    communes = load_units().communes
    middle = communes.set_index("code").loc[COMMUNE]
    return Land(communes), make_town(float(middle["lon"]), float(middle["lat"]), seed=seed, side_m=side_m)


def cases_in(made: Town) -> pd.DataFrame:
    """One confirmed case at a known address in the home nearest to each of the places."""
    lon, lat = made.homes[0]
    wanted = np.column_stack(LocalFrame(lon, lat).to_degrees(*np.array(PLACES_M, dtype=float).T))
    metres = distance_m(wanted[:, :1], wanted[:, 1:], made.homes[:, 0], made.homes[:, 1])
    at = made.homes[np.unique(metres.argmin(axis=1))]
    table = pd.DataFrame(
        {"case_id": [f"case-{i}" for i in range(len(at))], "geo_lon": at[:, 0], "geo_lat": at[:, 1]}
    )
    table = table.assign(
        count=1,
        report_date=pd.Timestamp(AS_OF) - pd.to_timedelta(range(len(at)), unit="D"),
        case_class="confirmed",
        contact_degree="F0",
        role="home",
        geo_status="match",
        geo_level="address",
        geo_uncertainty_m=20.0,
        geo_candidates="[]",
        geo_commune_code=None,
    )
    return table.astype({"geo_commune_code": "str", "report_date": "datetime64[s]"})
