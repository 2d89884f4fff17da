"""Rule sets: what decides zones and levels, as data with the evidence of every value."""

from geozone.rules.library import (
    RuleSetSummary,
    choose_ruleset,
    list_rulesets,
    load_ruleset,
    parse_ruleset,
)
from geozone.rules.model import (
    BandSet,
    CaseFilter,
    Clause,
    Decision,
    Evidence,
    FirstMatch,
    Indicator,
    LevelClass,
    Lookup,
    Modifier,
    Rounding,
    RuleSet,
    Text,
    WorstOf,
)
from geozone.rules.zoning_rules import ZoningRules

__all__ = [
    "BandSet",
    "CaseFilter",
    "Clause",
    "Decision",
    "Evidence",
    "FirstMatch",
    "Indicator",
    "LevelClass",
    "Lookup",
    "Modifier",
    "Rounding",
    "RuleSet",
    "RuleSetSummary",
    "Text",
    "WorstOf",
    "ZoningRules",
    "choose_ruleset",
    "list_rulesets",
    "load_ruleset",
    "parse_ruleset",
]
