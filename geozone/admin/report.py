"""What was found, mended and left open when outlines were read."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from geozone.admin.topology import Gap, OverlapPair
from geozone.errors import Fault

__all__ = ["UnitsReport"]

_SHOWN = 10


@dataclass(frozen=True)
class UnitsReport:
    """Result of reading a file of outlines.

    Attributes
    ----------
    name : str
        The file.
    code_column, name_column : str
        Columns the codes and names were read from; the name column is empty where there is none.
    units_read : int
        Units whose outline was taken.
    crs : str
        Coordinate reference system of the file, in words.
    reprojected : bool
        Whether the coordinates were transformed to EPSG:4326.
    repaired : tuple of str
        Codes of the outlines that were not valid and were mended.
    unknown_codes, missing_codes : tuple of str
        Codes that the base edition does not have; codes of the base that the file does not have.
    kept_from_base : int
        Units whose approximate outline was kept because the file has none for them.
    overlaps : tuple of OverlapPair
        Pairs of imported units that share 100 m² or more, largest first.
    overlap_km2, gap_km2 : float
        The areas of the overlaps and of the gaps added up, km².
    gaps : tuple of Gap
        Holes of 100 m² or more between imported units, largest first; a lake that is no unit's is one.
    coverage_valid : bool
        Whether the imported outlines are a polygon coverage: edges shared vertex by vertex.
    mismatched : tuple of str
        Codes of the imported units with an edge that is not its neighbour's.
    faults : tuple of Fault
        Everything worth the user's attention that did not stop the import.
    """

    name: str
    code_column: str
    name_column: str
    units_read: int
    crs: str
    reprojected: bool
    repaired: tuple[str, ...]
    unknown_codes: tuple[str, ...]
    missing_codes: tuple[str, ...]
    kept_from_base: int
    overlaps: tuple[OverlapPair, ...]
    overlap_km2: float
    gaps: tuple[Gap, ...]
    gap_km2: float
    coverage_valid: bool
    mismatched: tuple[str, ...]
    faults: tuple[Fault, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the report as plain values for JSON.

        Returns
        -------
        dict
            One key per attribute.
        """
        result = asdict(self)
        result["overlaps"] = [pair._asdict() for pair in self.overlaps]
        result["gaps"] = [gap._asdict() for gap in self.gaps]
        result["faults"] = [fault._asdict() for fault in self.faults]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in result.items()}

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {self.units_read} units read (code {self.code_column!r}, "
            f"name {self.name_column!r}, {self.crs}{', reprojected' if self.reprojected else ''})"
        ]
        if self.kept_from_base:
            lines.append(f"  {self.kept_from_base} units keep their approximate outline")
        lines += self._listed("not valid, mended", self.repaired)
        lines += self._listed("not in the base edition", self.unknown_codes)
        lines += self._listed("in the base edition but not in the file", self.missing_codes)
        pairs = [f"{pair.code}-{pair.other_code} ({pair.area_km2:.4f} km²)" for pair in self.overlaps]
        lines += self._listed(f"overlaps, {self.overlap_km2:.3f} km² in all", pairs)
        if self.gaps:
            places = [f"{gap.area_km2:.4f} km² at {gap.lat:.5f}, {gap.lon:.5f}" for gap in self.gaps]
            lines += self._listed(f"gaps between units, {self.gap_km2:.3f} km² in all", places)
        if self.coverage_valid:
            lines.append("  the outlines are a polygon coverage")
        else:
            lines.append(
                f"  the outlines are not a polygon coverage: {len(self.mismatched)} units with an edge "
                "that is not its neighbour's"
            )
        lines += [f"  {fault}" for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            lines.append(f"  ... and {len(self.faults) - _SHOWN} more remarks")
        return "\n".join(lines)

    @staticmethod
    def _listed(what: str, items: tuple[str, ...] | list[str]) -> list[str]:
        if not items:
            return []
        shown = ", ".join(items[:_SHOWN])
        more = f", ... and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        return [f"  {len(items)} {what}: {shown}{more}"]
