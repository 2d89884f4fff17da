"""The offline bundle: one ZIP with a release, its map page and its files for other programs.

Unpacked and served by any file server, ``index.html`` is the map of that release; ``mo-ban-do.html``
opens by a double click. The archive of the release is inside, so that ``geozone verify`` reads the
bundle too; every other file is named with its digest in ``checksums.json``. The same release gives the
same bytes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import geopandas as gpd

from geozone.api.bundle_data import documents
from geozone.api.bundle_tiles import tile_files
from geozone.api.catalogue import Catalogue
from geozone.api.open_release import OpenRelease
from geozone.api.options import ServiceOptions
from geozone.api.search import NameIndexes, load_former_names
from geozone.api.single_release import SingleRelease
from geozone.errors import NotFoundError, StoreError
from geozone.geojson import stream_collection
from geozone.release import LAYERS, Release, qr_png, verify_address
from geozone.release.archive import (
    BUNDLE_SIGNATURE,
    CHECKSUMS,
    bundle_statement,
    checksums_bytes,
    release_members,
)
from geozone.release.signing import SigningKey
from geozone.types import Progress, no_progress

__all__ = ["write_bundle"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
_JSON_COLUMNS = ("communes", "detail", "containment_ids")
_PACKED = (".pmtiles", ".parquet", ".woff2", ".png")
_FOLDER = '<meta name="geozone-folder" content="data/">'
_RANDOM = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_READ_ME = """geozone: bản công bố {decision}, số liệu đến ngày {as_of}
Mã băm: {digest}

Xem bản đồ, không cần Internet:
 - bấm đúp vào mo-ban-do.html; hoặc
 - giải nén, mở cửa sổ lệnh trong thư mục này, chạy
       python -m http.server 8000
   rồi mở http://127.0.0.1:8000/ (đầy đủ: tìm kiếm, thẻ giải thích, các lớp).

geojson/, geoparquet/     các lớp dữ liệu, mở bằng QGIS
data/tiles/*.pmtiles      bản đồ vector
manifests/, objects/      bản công bố gốc; kiểm tra: geozone verify TỆP.zip
kiem-tra.png              mã QR dẫn đến trang kiểm tra: {address}

--- English ---
Release {decision}, data as of {as_of}. No Internet needed: double-click mo-ban-do.html, or unpack, run
"python -m http.server 8000" in this folder and open http://127.0.0.1:8000/ (search, explanations, layers).
geojson/ and geoparquet/ open in QGIS; check everything with: geozone verify FILE.zip
"""


def write_bundle(
    release: Release,
    path: Path,
    *,
    page: Path,
    map_html: bytes,
    cache: Path | None = None,
    signer: SigningKey | None = None,
    base_url: str | None = None,
    progress: Progress = no_progress,
) -> None:
    """Write the bundle of a release.

    Parameters
    ----------
    release : Release
        What to write; every blob of it is checked as it is read.
    path : Path
        The ZIP file; it is replaced only when it is complete.
    page : Path
        Folder of the built map page.
    map_html : bytes
        Map in one file, for the double click.
    cache : Path, optional
        Folder of prepared outlines.
    signer : SigningKey, optional
        Key that signs the list of files, so that the map cannot be exchanged.
    base_url : str, optional
        Public address of the service, for the QR code that leads to the check.
    progress : callable
        Told of each stage.

    Raises
    ------
    NotFoundError
        If the map page has not been built.
    StoreError
        If a blob is missing or has changed, or the disk refuses.
    """
    if not (page / "index.html").is_file():
        raise NotFoundError("the map page has not been built: install the package, or run its build")
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with zipfile.ZipFile(part, "w") as file:
            digests: dict[str, str] = {}
            address = verify_address(release.digest, base_url)
            for name, data in _files(release, page, map_html, cache, address, progress=progress):
                _add(file, name, data, packed=name.endswith(_PACKED))
                digests[name] = hashlib.sha256(data).hexdigest()
            for name, data in release_members(release):
                _add(file, name, data, packed=True)
            listed = checksums_bytes(digests)
            _add(file, CHECKSUMS, listed, packed=True)
            signed = None if signer is None else bundle_statement(release, listed, signer)
            if signed is not None:
                _add(file, BUNDLE_SIGNATURE, signed, packed=True)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _files(
    release: Release, page: Path, map_html: bytes, cache: Path | None, address: str, *, progress: Progress
) -> Iterator[tuple[str, bytes]]:
    """Give every file of the bundle that is not the release itself."""
    manifest = release.manifest
    words = {name: str(manifest[name]) for name in ("decision", "as_of")}
    yield (
        "DOC-TRUOC.txt",
        _READ_ME.format(digest=release.digest, address=address, **words).encode("utf-8-sig"),
    )
    yield "kiem-tra.png", qr_png(address)
    yield "mo-ban-do.html", _same_names(map_html)
    yield from _page_files(page)
    catalogue = Catalogue(SingleRelease(release), ServiceOptions(cache=cache))
    opened = catalogue.find(release.digest)
    drawn: list[str] = []
    for name, data in tile_files(opened, progress):
        drawn.append(Path(name).stem)
        yield name, data
    yield from documents(catalogue, opened, NameIndexes(load_former_names), drawn, progress)
    yield from _layer_files(release, opened, progress)


def _page_files(page: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of the map page; its first page says where its data is."""
    for file in sorted(page.rglob("*")):
        name = file.relative_to(page).as_posix()
        if not file.is_file() or name.startswith((".", "vendor/")):
            continue
        data = file.read_bytes()
        if name == "index.html":
            data = data.replace(b"</title>", f"</title>{_FOLDER}".encode(), 1)
        yield name, data


def _layer_files(release: Release, opened: OpenRelease, progress: Progress) -> Iterator[tuple[str, bytes]]:
    names = [*(spec.id for spec in opened.layers), *(n for n in release.layer_names if n not in LAYERS)]
    for done, name in enumerate(names):
        progress("layers", done, len(names))
        table = release.layer(name)
        if not isinstance(table, gpd.GeoDataFrame):
            continue
        stream = io.BytesIO()
        table.to_parquet(stream, index=False, compression="zstd")
        yield f"geoparquet/{name}.parquet", stream.getvalue()
        properties = [column for column in table.columns if column != table.geometry.name]
        pieces = stream_collection(
            table,
            properties=properties,
            id_column=LAYERS[name].key[0],
            json_columns=[column for column in _JSON_COLUMNS if column in properties],
        )
        yield f"geojson/{name}.geojson", b"".join(pieces)
    progress("layers", len(names), len(names))


def _same_names(html: bytes) -> bytes:
    """Replace the random names that folium gives to parts of a page by numbers, the same every time."""
    known: dict[bytes, bytes] = {}
    return _RANDOM.sub(lambda found: known.setdefault(found[0], b"%032x" % len(known)), html)


def _add(file: zipfile.ZipFile, name: str, data: bytes, *, packed: bool) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    file.writestr(info, data, compresslevel=6)
