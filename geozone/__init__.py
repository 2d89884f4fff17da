"""From an outbreak line list to zones, epidemic levels and vaccination coverage, on a map.

The names below are the public surface for notebooks: tables in, tables out, no workspace needed.
They are loaded when first used.

>>> import geozone as gz
>>> line_list = gz.read_line_list("line_list.csv")        # doctest: +SKIP
>>> cases = gz.geocode_line_list(line_list)               # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geozone import maps
    from geozone.admin import (
        AdminUnits,
        load_crosswalk,
        load_units,
        read_doses,
        read_population,
        read_units,
    )
    from geozone.draft import (
        Draft,
        compare_rules,
        draw,
        replay,
        trade_off_sentences,
        what_if,
        what_if_sentences,
        zone_sentences,
    )
    from geozone.errors import ConflictError, DataError, GeozoneError, NotFoundError, StoreError
    from geozone.geocoding import Geocoder, geocode_line_list
    from geozone.geocoding.frames import geocode
    from geozone.levels import assess as assess_levels
    from geozone.linelist import LineList, read_line_list, write_rejects
    from geozone.places import Gazetteer, read_facilities, read_gazetteer
    from geozone.rules import RuleSet, choose_ruleset, list_rulesets, load_ruleset
    from geozone.types import Edition
    from geozone.vaccination import coverage as vaccination_coverage
    from geozone.zoning import green_zones, lifting_schedule, lifting_sentences, trade_off, zones

__version__ = "0.1.0"

_WHERE = {
    "AdminUnits": ("geozone.admin", "AdminUnits"),
    "ConflictError": ("geozone.errors", "ConflictError"),
    "DataError": ("geozone.errors", "DataError"),
    "Draft": ("geozone.draft", "Draft"),
    "Edition": ("geozone.types", "Edition"),
    "Gazetteer": ("geozone.places", "Gazetteer"),
    "Geocoder": ("geozone.geocoding", "Geocoder"),
    "GeozoneError": ("geozone.errors", "GeozoneError"),
    "LineList": ("geozone.linelist", "LineList"),
    "NotFoundError": ("geozone.errors", "NotFoundError"),
    "RuleSet": ("geozone.rules", "RuleSet"),
    "StoreError": ("geozone.errors", "StoreError"),
    "assess_levels": ("geozone.levels", "assess"),
    "choose_ruleset": ("geozone.rules", "choose_ruleset"),
    "compare_rules": ("geozone.draft", "compare_rules"),
    "draw": ("geozone.draft", "draw"),
    "geocode": ("geozone.geocoding.frames", "geocode"),
    "geocode_line_list": ("geozone.geocoding.frames", "geocode_line_list"),
    "green_zones": ("geozone.zoning", "green_zones"),
    "lifting_schedule": ("geozone.zoning", "lifting_schedule"),
    "lifting_sentences": ("geozone.zoning", "lifting_sentences"),
    "list_rulesets": ("geozone.rules", "list_rulesets"),
    "load_crosswalk": ("geozone.admin", "load_crosswalk"),
    "load_ruleset": ("geozone.rules", "load_ruleset"),
    "load_units": ("geozone.admin", "load_units"),
    "maps": ("geozone.maps", ""),
    "read_doses": ("geozone.admin", "read_doses"),
    "read_facilities": ("geozone.places", "read_facilities"),
    "read_gazetteer": ("geozone.places", "read_gazetteer"),
    "read_line_list": ("geozone.linelist", "read_line_list"),
    "read_population": ("geozone.admin", "read_population"),
    "read_units": ("geozone.admin", "read_units"),
    "replay": ("geozone.draft", "replay"),
    "trade_off": ("geozone.zoning", "trade_off"),
    "trade_off_sentences": ("geozone.draft", "trade_off_sentences"),
    "vaccination_coverage": ("geozone.vaccination", "coverage"),
    "what_if": ("geozone.draft", "what_if"),
    "what_if_sentences": ("geozone.draft", "what_if_sentences"),
    "write_rejects": ("geozone.linelist", "write_rejects"),
    "zone_sentences": ("geozone.draft", "zone_sentences"),
    "zones": ("geozone.zoning", "zones"),
}

__all__ = [
    "AdminUnits",
    "ConflictError",
    "DataError",
    "Draft",
    "Edition",
    "Gazetteer",
    "Geocoder",
    "GeozoneError",
    "LineList",
    "NotFoundError",
    "RuleSet",
    "StoreError",
    "__version__",
    "assess_levels",
    "choose_ruleset",
    "compare_rules",
    "draw",
    "geocode",
    "geocode_line_list",
    "green_zones",
    "lifting_schedule",
    "lifting_sentences",
    "list_rulesets",
    "load_crosswalk",
    "load_ruleset",
    "load_units",
    "maps",
    "read_doses",
    "read_facilities",
    "read_gazetteer",
    "read_line_list",
    "read_population",
    "read_units",
    "replay",
    "trade_off",
    "trade_off_sentences",
    "vaccination_coverage",
    "what_if",
    "what_if_sentences",
    "write_rejects",
    "zone_sentences",
    "zones",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that ``geozone --help`` stays quick."""
    if name not in _WHERE:
        raise AttributeError(f"module 'geozone' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    loaded = import_module(module)
    return getattr(loaded, attribute) if attribute else loaded


def __dir__() -> list[str]:
    return sorted(__all__)
