"""Guards against spreadsheets made to exhaust the machine: zip bombs and their relatives.

Three tricks are met: a package that unpacks to far more than it says or should, two far-apart cells
that span an area of thousands of millions, and one long text that a million cells point to.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from geozone.tables.raw import MAX_CELLS, refuse

__all__ = ["check_package"]

_CHUNK = 4 * 1024 * 1024
_OVERLAP = 256
_MOST_PARTS = 10_000
_SHEET = re.compile(r"xl/(?:worksheets/)?[^/]*sheet[^/]*\.xml", re.IGNORECASE)
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>/]*>")
_REFERENCE = re.compile(rb"\bt\s*=\s*[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>(\d{1,9})<")
_SHARED = re.compile(rb"<(?:\w+:)?si\b[^>]*>(.*?)</(?:\w+:)?si>", re.DOTALL)


class _Extent:
    """The used area of one sheet."""

    def __init__(self) -> None:
        self.rows: set[int] = set()
        self.columns: set[bytes] = set()

    def add(self, chunk: bytes) -> None:
        found = _CELL.findall(chunk)
        if found:
            columns, rows = zip(*found, strict=True)
            self.columns.update(columns)
            numbers = [int(row) for row in set(rows)]
            self.rows.update((min(numbers), max(numbers)))

    @property
    def cells(self) -> int:
        if not self.rows:
            return 0
        numbers = [_column_number(letters) for letters in self.columns]
        return (max(self.rows) - min(self.rows) + 1) * (max(numbers) - min(numbers) + 1)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _chunks(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(member) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


def _scan(package: zipfile.ZipFile, name: str, max_unpacked: int) -> tuple[int, int]:
    """Unpack everything once under the limit; give the references to shared texts and the longest text."""
    unpacked = references = longest = 0
    for member in package.infolist():
        extent, tail = _Extent(), b""
        sheet, shared = _SHEET.fullmatch(member.filename), member.filename.endswith("sharedStrings.xml")
        start = unpacked
        for chunk in _chunks(package, member):
            unpacked += len(chunk)
            if unpacked > max_unpacked:
                expected = f"a workbook that unpacks to {max_unpacked // 1024**2} MB or less"
                raise refuse(name, "a package that unpacks to more than it says", expected)
            if sheet:
                extent.add(tail + chunk)
                references += chunk.count(b't="s"') + chunk.count(b"t='s'")
                tail = chunk[-_OVERLAP:]
        if extent.cells > MAX_CELLS:
            found = f"a sheet that spans {extent.cells:,} cells"
            raise refuse(name, found, f"{MAX_CELLS:,} cells or less (delete what stands far from the table)")
        if shared:
            longest = min(unpacked - start, 40_000)
    return references, longest


def _repeated_bytes(package: zipfile.ZipFile) -> int:
    """Count the bytes of text that the cells would hold once every reference is followed."""
    texts = next((m for m in package.infolist() if m.filename.endswith("sharedStrings.xml")), None)
    if texts is None:
        return 0
    lengths = np.array([len(text) for text in _SHARED.findall(package.read(texts))], dtype=np.int64)
    total = 0
    for member in package.infolist():
        if _SHEET.fullmatch(member.filename):
            positions = np.array(
                [int(number) for number in _REFERENCE.findall(package.read(member))], np.int64
            )
            total += int(lengths[positions[positions < len(lengths)]].sum())
    return total


def check_package(data: bytes, name: str, max_unpacked: int) -> None:
    """Refuse a workbook that would exhaust the machine, before it is opened for real.

    Parameters
    ----------
    data : bytes
        The file, a zip package.
    name : str
        File name, for the message.
    max_unpacked : int
        Most it may unpack to, bytes: by its own directory, and when it is unpacked.

    Raises
    ------
    DataError
        If the package is broken, locked with a password, or a bomb.
    """
    expected = f"a workbook that unpacks to {max_unpacked // 1024**2} MB or less"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
            declared = sum(member.file_size for member in members)
            if declared > max_unpacked or len(members) > _MOST_PARTS:
                found = f"a package of {len(members)} parts that unpack to {declared // 1024**2} MB"
                raise refuse(name, found, expected)
            if any(member.flag_bits & 1 for member in members):
                raise refuse(name, "a package locked with a password", "a workbook without password")
            if not any(
                _SHEET.fullmatch(member.filename) or member.filename.endswith(".bin") for member in members
            ):
                raise refuse(name, "a zip package without a sheet", "an XLSX workbook")
            references, longest = _scan(package, name, max_unpacked)
            if references * longest > max_unpacked and _repeated_bytes(package) > max_unpacked:
                raise refuse(name, "a long text repeated in very many cells", expected)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        zlib.error,
    ) as error:
        raise refuse(name, f"a damaged package ({error})", "a whole XLSX workbook") from None
