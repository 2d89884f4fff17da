"""Rule sets: what decides zones and levels, as data with the evidence of every value."""

from geozone.rules.handed_in import HandedIn, read_committee_figures, read_override_file
from geozone.rules.library import (
    RuleSetSummary,
    choose_ruleset,
    list_rulesets,
    load_ruleset,
    parse_ruleset,
)
from geozone.rules.model import (
    Clause,
    Clock,
    Decision,
    FirstMatch,
    Lookup,
    Modifier,
    RuleSet,
    WorstOf,
)
from geozone.rules.thresholds import Threshold, thresholds_of
from geozone.rules.values import (
    UNDECIDED,
    Band,
    BandSet,
    CaseFilter,
    Evidence,
    Indicator,
    LevelClass,
    Measure,
    Rounding,
    Span,
    Text,
)
from geozone.rules.zoning_rules import ZoningRules

__all__ = [
    "UNDECIDED",
    "Band",
    "BandSet",
    "CaseFilter",
    "Clause",
    "Clock",
    "Decision",
    "Evidence",
    "FirstMatch",
    "HandedIn",
    "Indicator",
    "LevelClass",
    "Lookup",
    "Measure",
    "Modifier",
    "Rounding",
    "RuleSet",
    "RuleSetSummary",
    "Span",
    "Text",
    "Threshold",
    "WorstOf",
    "ZoningRules",
    "choose_ruleset",
    "list_rulesets",
    "load_ruleset",
    "parse_ruleset",
    "read_committee_figures",
    "read_override_file",
    "thresholds_of",
]
