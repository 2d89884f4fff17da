"""The geocoder of the embedded units, built once."""

from __future__ import annotations

import pytest

from geozone.geocoding import Geocoder


@pytest.fixture(scope="session")
def embedded() -> Geocoder:
    return Geocoder.embedded(language="en")
