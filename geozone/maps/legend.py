"""The legend of a map: what was decided, when, and what each colour means."""

from __future__ import annotations

import html
from datetime import date

from geozone.maps.words import LEVEL_NAMES, format_date, words
from geozone.types import LEVEL_COLOURS

__all__ = ["NO_DATA", "STYLE", "legend"]

NO_DATA = "#9aa0a6"


def legend(
    language: str,
    as_of: date | str,
    rules: str,
    *,
    decision: str | None = None,
    verified: bool,
    approximate: bool,
) -> str:
    """Write the legend as HTML.

    Parameters
    ----------
    language : str
        ``vi`` or ``en``.
    as_of : date or str
        The day the map holds for.
    rules : str
        Identifier of the rule set.
    decision : str, optional
        Number of the decision; without one the map is called a draft.
    verified : bool
        Whether no value of the rule set rests on memory.
    approximate : bool
        Whether any outline is approximate.

    Returns
    -------
    str
        One ``div``.
    """
    text = words(language)
    head = f"{text['decision']}: <b>{html.escape(decision)}</b>" if decision else f"<b>{text['draft']}</b>"
    doubt = "" if verified else f" ({text['unverified']})"
    keys = [
        (f"gz-level-{int(level)}", f"{int(level)}", LEVEL_NAMES[language][int(level)])
        for level in LEVEL_COLOURS
    ]
    keys += [
        ("gz-level-none", "", text["no_data"]),
        ("gz-certain", "", text["containment_certain"]),
        ("gz-possible", "", text["containment_possible"]),
        ("gz-buffer", "", text["buffer_zones"]),
        ("gz-green", "", text["green_zones"]),
    ]
    lines = [
        f"<p>{head}<br>{text['as_of']}: <b>{format_date(as_of, language)}</b><br>"
        f"{text['rules']}: {html.escape(rules)}{doubt}</p>",
        *(f'<div><span class="gz-key {style}">{sign}</span>{name}</div>' for style, sign, name in keys),
    ]
    if approximate:
        lines.append(f'<p class="gz-note">{text["approximate"]}</p>')
    return f'<div class="gz-legend">{"".join(lines)}</div>'


_LEVEL_STYLES = "".join(
    f".gz-level-{int(level)} {{ background: {colour}; }}\n" for level, colour in LEVEL_COLOURS.items()
)

STYLE = f"""<style>
.gz-legend {{ position: fixed; bottom: 74px; left: 10px; z-index: 9999; background: #fff;
  padding: 8px 12px; border-radius: 6px; box-shadow: 0 1px 6px rgba(0,0,0,.35);
  font: 13px/1.5 system-ui, sans-serif; max-width: 260px; }}
.gz-legend p {{ margin: 0 0 6px; }}
.gz-note {{ color: #7a0019; margin-top: 6px !important; }}
.gz-key {{ display: inline-block; width: 18px; height: 14px; margin-right: 8px; text-align: center;
  font-size: 11px; line-height: 14px; vertical-align: middle; color: #000; }}
{_LEVEL_STYLES}.gz-level-none {{ background: {NO_DATA}; }}
.gz-certain {{ background: rgba(122,0,25,.4); outline: 2px solid #7a0019; }}
.gz-possible {{ outline: 2px dotted #7a0019; }}
.gz-buffer {{ outline: 2px dashed #3d5a98; background: rgba(61,90,152,.15); }}
.gz-green {{ outline: 1px solid #0a7d4f; background: rgba(10,125,79,.25); }}
.leaflet-container {{ background: #eef1f4; }}
@media (max-width: 600px) {{ .gz-legend {{ font-size: 11px; max-width: 190px; }} }}
</style>"""
