"""A made-up outbreak, for the demonstration, the samples and the tests. Nobody in it exists."""

from geozone.synthetic.holdings import HoldingOutbreak, make_holdings
from geozone.synthetic.outbreak import (
    AS_OF,
    PROVINCES,
    Outbreak,
    OutbreakFiles,
    make_outbreak,
    write_outbreak,
)
from geozone.synthetic.town import Town, TownFiles, make_town, write_town

__all__ = [
    "AS_OF",
    "PROVINCES",
    "HoldingOutbreak",
    "Outbreak",
    "OutbreakFiles",
    "Town",
    "TownFiles",
    "make_holdings",
    "make_outbreak",
    "make_town",
    "write_outbreak",
    "write_town",
]
