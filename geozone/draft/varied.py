"""A draft drawn again under other parameters: what becomes of a what-if that somebody means to submit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from geozone.draft.drawing import redraw
from geozone.draft.result import Draft
from geozone.draft.whatif import changed_parameters, varied
from geozone.draft.whatif_words import parameter_remarks
from geozone.types import Progress, no_progress

__all__ = ["drawn_with"]


def drawn_with(draft: Draft, changes: Mapping[str, Any], *, progress: Progress = no_progress) -> Draft:
    """Draw all of a draft again under other parameters.

    Parameters
    ----------
    draft : Draft
        What to start from.
    changes : mapping
        Parameters as ``what_if`` takes them.
    progress : callable
        Told of each stage.

    Returns
    -------
    Draft
        Its zones, levels and figures are those of ``what_if``; its warnings begin with every value that
        is not the one of the rule set, so that nobody takes it for the rule.

    Raises
    ------
    ValueError
        If a parameter is not known or its value is outside its domain.
    """
    inputs, rules = varied(draft.inputs, draft.rule_set, changes)
    drawn = redraw(inputs, rules, draft.as_of, sources=draft.sources, progress=progress)
    remarks = parameter_remarks(changed_parameters(draft.inputs, draft.rule_set, inputs, rules))
    return replace(drawn, warnings=(*remarks, *drawn.warnings))
