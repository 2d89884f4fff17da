"""Releases: immutable, content-addressed, chained; and drafts on their way to one."""

from geozone.release.archive import archive
from geozone.release.archive_check import verify_archive
from geozone.release.diff import ReleaseDifference, diff
from geozone.release.drafts import DraftLike, DraftStore, SavedDraft
from geozone.release.edits import Origin, Replaced, Updated
from geozone.release.layers import LAYERS, Layer
from geozone.release.manifest import Publishable
from geozone.release.qr import qr_png, qr_svg, verify_address
from geozone.release.releases import ReleaseStore, ReleaseSummary
from geozone.release.report import Verdict, VerifyReport
from geozone.release.snapshot import Release
from geozone.release.view import DraftView, view_draft
from geozone.release.zone_days import ZoneDay, ZoneDays

__all__ = [
    "LAYERS",
    "DraftLike",
    "DraftStore",
    "DraftView",
    "Layer",
    "Origin",
    "Publishable",
    "Release",
    "ReleaseDifference",
    "ReleaseStore",
    "ReleaseSummary",
    "Replaced",
    "SavedDraft",
    "Updated",
    "Verdict",
    "VerifyReport",
    "ZoneDay",
    "ZoneDays",
    "archive",
    "diff",
    "qr_png",
    "qr_svg",
    "verify_address",
    "verify_archive",
    "view_draft",
]
