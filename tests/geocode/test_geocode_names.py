"""Short cuts of the geocoder give what the long ways give."""

from __future__ import annotations

import datetime as dt
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from geozone.admin import load_names, load_units
from geozone.geocoding import Geocoder, fuzzy
from geozone.geocoding.extents import build_extents
from geozone.geocoding.fuzzy import Speller
from geozone.geocoding.gathering import build_lexicon
from geozone.geocoding.lexicon import Name
from geozone.geocoding.normalise import fold_joined, tokenise, tokenise_name
from geozone.geodesy import distance_m
from geozone.types import AdminLevel, Edition

NO_CROSSWALK = pd.DataFrame({"code_2021": [], "code_2025": [], "share": []}, dtype="str")


@pytest.mark.parametrize("edition", list(Edition))
def test_every_official_name_is_split_as_an_address_is(edition: Edition) -> None:
    communes = load_units(edition).communes
    names = {*communes["full_name"], *communes["province_name"], *communes["district_name"].dropna()}
    names |= {unicodedata.normalize("NFD", name) for name in list(names)[:200]}
    assert [name for name in names if tokenise_name(name) != tokenise(name)] == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aeoyđĐắờÝ dcwjsxﬁⅣª5- '.,\u0301\u031b\u0323", max_size=20))
@example("")
@example("Lý  Thánh")
@example(" Hòa")
@example("Dicjh Vọng")
def test_any_name_is_split_as_an_address_is(name: str) -> None:
    assert tokenise_name(name) == tokenise(name)


@pytest.mark.parametrize("edition", list(Edition))
def test_a_joined_name_has_the_key_of_its_accented_spelling(edition: Edition) -> None:
    aliases = load_names(edition)["alias"]
    joined = [alias for alias in aliases if alias.isascii() and " " not in alias]
    assert len(joined) > 1000
    # A letter that folds away forces the long way.
    assert [alias for alias in joined if fold_joined(alias) != fold_joined(alias + "\u0301")] == []


def test_names_one_mistake_away_are_the_same_with_and_without_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lexicon = build_lexicon(
        load_units(Edition.E2025).communes, load_units(Edition.E2021).communes, NO_CROSSWALK
    )
    queries = ["hoanglet", "phucxaa", "tanpuh", "dichvong", "xyzxyz", "binhtrj"]
    monkeypatch.setattr(fuzzy, "_FEW_QUERIES", 10**9)
    compared = _near(Speller(lexicon), queries)
    monkeypatch.setattr(fuzzy, "_FEW_QUERIES", 0)
    assert compared == _near(Speller(lexicon), queries)
    for query, near in zip(queries, compared, strict=True):
        assert {key for key, _ in near} == {
            key
            for key, names in lexicon.names.items()
            if len(key) > 3
            and not key.isdigit()
            and any(lexicon.units[name.unit].level is AdminLevel.COMMUNE for name in names)
            and OSA.distance(query, key) <= 1
        }


def _near(speller: Speller, queries: list[str]) -> list[list[tuple[str, int]]]:
    choice = speller._choice(AdminLevel.COMMUNE, -1)
    assert all(isinstance(name, Name) for name in choice.names["phucxa"])
    return [choice.one_mistake(query) for query in queries]


def test_the_radius_reaches_the_furthest_vertex_measured_one_by_one() -> None:
    communes = load_units(Edition.E2025).communes
    few: gpd.GeoDataFrame = communes.iloc[::97].reset_index(drop=True)
    lexicon = build_lexicon(few, few.iloc[:0], NO_CROSSWALK)
    extents = build_extents(lexicon, few, few.iloc[:0])
    for code, lon, lat, shape in zip(few["code"], few["lon"], few["lat"], few.geometry, strict=True):
        corners = shapely.get_coordinates(shape)
        furthest = distance_m(lon, lat, corners[:, 0], corners[:, 1]).max()
        unit = lexicon.by_code[(Edition.E2025, AdminLevel.COMMUNE, code)]
        assert extents.of(unit).radius_m == furthest


def test_days_may_be_a_column_of_days_or_any_list_of_them() -> None:
    geocoder = Geocoder.embedded()
    addresses = ["Xã Tân Lập", "Phường 5, Thành phố Hồ Chí Minh", "Phường Ba Đình, Hà Nội", "Xã Tân Lập"]
    days: list[dt.date | None] = [dt.date(2021, 5, 1), dt.date(2025, 6, 30), dt.date(2025, 7, 1), None]
    column = pd.Series(pd.to_datetime(pd.Series(days)).to_numpy(), index=list("wxyz"))
    assert np.issubdtype(column.dtype, np.datetime64)
    listed = geocoder.geocode(addresses, dates=days)
    pd.testing.assert_frame_equal(geocoder.geocode(addresses, dates=column), listed)
    with pytest.raises(ValueError, match="3 dates for 4 addresses"):
        geocoder.geocode(addresses, dates=column[:3])
