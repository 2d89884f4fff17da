"""Find, load and choose rule sets: those of the package and those of the user's own folder."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from geozone.errors import DataError, Fault, NotFoundError
from geozone.rules.build import Builder
from geozone.rules.model import RuleSet
from geozone.rules.structure import plain, structure_faults
from geozone.rules.toml_lines import line_of, value_lines

__all__ = ["RuleSetSummary", "choose_ruleset", "list_rulesets", "load_ruleset", "parse_ruleset"]

_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class RuleSetSummary:
    """One line of the list of rule sets.

    Attributes
    ----------
    id : str
        Identifier.
    name_vi, name_en : str
        Name.
    legal_basis : str
        The text it applies.
    diseases : tuple of str
        Diseases it is for.
    valid_from, valid_to : date, optional
        Days on which it was in force (half open).
    verified, partial, automatic : bool
        As on ``RuleSet``.
    origin : str
        ``package``, or the name of the user's file.
    """

    id: str
    name_vi: str
    name_en: str
    legal_basis: str
    diseases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    verified: bool
    partial: bool
    automatic: bool
    origin: str


def parse_ruleset(text: str, *, source: str) -> RuleSet:
    """Read a rule set from the text of a TOML file.

    Parameters
    ----------
    text : str
        The file's content.
    source : str
        Name of the file, for messages.

    Returns
    -------
    RuleSet
        The rule set.

    Raises
    ------
    DataError
        If the file is not TOML, has a value of the wrong form, an unknown name, a gap or an overlap;
        every fault carries its line number.
    """
    try:
        document = plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DataError(source, [_syntax_fault(error)]) from error
    except RecursionError:
        deep = Fault(None, None, "tables or lists nested too deeply", "a rule set")
        raise DataError(source, [deep]) from None
    wrong = structure_faults(document)
    builder = Builder(document)
    built = None
    if not wrong:
        built = builder.build(source=source, sha256=hashlib.sha256(text.encode()).hexdigest())
        wrong = builder.faults
    if built is not None:
        return built
    lines = value_lines(text)
    faults = [
        Fault(
            line_of(lines, fault.path),
            ".".join(str(part) for part in fault.path) or None,
            fault.found,
            fault.expected,
        )
        for fault in wrong
    ]
    raise DataError(source, sorted(faults, key=lambda fault: fault.row or 0))


def load_ruleset(id_or_path: str | Path, *, extra_folder: Path | None = None) -> RuleSet:
    """Load a rule set by its identifier or from a file.

    Parameters
    ----------
    id_or_path : str or Path
        ``vn-4800-2021``, or a path that ends in ``.toml``.
    extra_folder : Path, optional
        The user's own folder of rule sets; an identifier found there wins over the package's.

    Returns
    -------
    RuleSet
        The rule set.

    Raises
    ------
    NotFoundError
        If there is no such rule set or file; the message lists what there is.
    DataError
        If the file is at fault; with line numbers.
    """
    if isinstance(id_or_path, Path) or id_or_path.endswith(".toml"):
        return _read(Path(id_or_path))
    if extra_folder is not None:
        for path in _files_of(extra_folder):
            if path.stem == id_or_path:
                return _read(path)
        for path in _files_of(extra_folder):
            if _declared_id(path) == id_or_path:
                return _read(path)
    packaged = _packaged()
    if id_or_path not in packaged:
        known = sorted({*packaged, *(path.stem for path in _files_of(extra_folder))})
        raise NotFoundError(f"there is no rule set {id_or_path!r}; there are: {', '.join(known)}")
    return _packaged_ruleset(id_or_path)


def list_rulesets(*, extra_folder: Path | None = None) -> tuple[RuleSetSummary, ...]:
    """List the rule sets of the package and of the user's folder.

    Parameters
    ----------
    extra_folder : Path, optional
        The user's own folder; its rule sets replace the package's of the same identifier.

    Returns
    -------
    tuple of RuleSetSummary
        By identifier.

    Raises
    ------
    DataError
        If a file of the user's folder is at fault.
    """
    found = {name: _summary(_packaged_ruleset(name), "package") for name in _packaged()}
    for path in _files_of(extra_folder):
        rules = _read(path)
        found[rules.id] = _summary(rules, path.name)
    return tuple(found[name] for name in sorted(found))


def choose_ruleset(disease: str, as_of: date, *, extra_folder: Path | None = None) -> RuleSet:
    """Choose the rule set that was in force for a disease on a day.

    Only rule sets marked ``automatic`` are chosen: national texts, and whatever the user's own
    folder holds. Where several are in force the user's own wins, then the one that came into force
    last.

    Parameters
    ----------
    disease : str
        As line lists name it: ``covid-19``, ``dengue``.
    as_of : date
        The day.
    extra_folder : Path, optional
        The user's own folder of rule sets.

    Returns
    -------
    RuleSet
        With the zoning of that disease.

    Raises
    ------
    NotFoundError
        If none was in force; the message lists the rule sets of that disease, to name one.
    DataError
        If a file of the user's folder is at fault.
    """
    listed = list_rulesets(extra_folder=extra_folder)
    known = [item for item in listed if disease in item.diseases]
    fitting = [
        item
        for item in known
        if (item.automatic or item.origin != "package")
        and (item.valid_from is None or item.valid_from <= as_of)
        and (item.valid_to is None or as_of < item.valid_to)
    ]
    if not fitting:
        raise NotFoundError(_nothing_in_force(disease, as_of, known, listed))
    best = max(fitting, key=lambda item: (item.origin != "package", item.valid_from or date.min, item.id))
    return load_ruleset(best.id, extra_folder=extra_folder).for_disease(disease)


def _nothing_in_force(
    disease: str, as_of: date, known: list[RuleSetSummary], listed: tuple[RuleSetSummary, ...]
) -> str:
    if not known:
        diseases = sorted({name for item in listed for name in item.diseases})
        return f"no rule set is for the disease {disease!r}; there are rule sets for {', '.join(diseases)}"
    choices = ", ".join(f"{item.id} ({_period(item)})" for item in known)
    return (
        f"no rule set for {disease} was in force on {as_of}; name one of them to apply it all the same: "
        f"{choices}"
    )


def _period(item: RuleSetSummary) -> str:
    if item.valid_from is None and item.valid_to is None:
        return "no dates"
    return f"{item.valid_from or ''} to {item.valid_to or 'now'}".strip()


def _summary(rules: RuleSet, origin: str) -> RuleSetSummary:
    return RuleSetSummary(
        rules.id,
        rules.name_vi,
        rules.name_en,
        rules.legal_basis,
        rules.diseases,
        rules.valid_from,
        rules.valid_to,
        rules.verified,
        rules.partial,
        rules.automatic,
        origin,
    )


@cache
def _packaged() -> tuple[str, ...]:
    folder = files("geozone.rules").joinpath("sets")
    return tuple(
        sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))
    )


@cache
def _packaged_ruleset(name: str) -> RuleSet:
    with as_file(files("geozone.rules").joinpath("sets", f"{name}.toml")) as path:
        return _read(path)


def _files_of(folder: Path | None) -> Iterator[Path]:
    if folder is not None and folder.is_dir():
        yield from sorted(folder.glob("*.toml"))


def _declared_id(path: Path) -> str | None:
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8")).get("id")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError):
        return None
    return declared if isinstance(declared, str) else None


def _read(path: Path) -> RuleSet:
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(
                path.name, [Fault(None, None, f"{path.stat().st_size} bytes", f"at most {_LARGEST}")]
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no rule-set file {path.name}") from error
    except UnicodeDecodeError as error:
        raise DataError(path.name, [Fault(None, None, str(error), "UTF-8 text")]) from error
    return parse_ruleset(text, source=path.name)


def _syntax_fault(error: tomllib.TOMLDecodeError) -> Fault:
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    return Fault(int(found.group(1)) if found else None, None, str(error), "a TOML document")
