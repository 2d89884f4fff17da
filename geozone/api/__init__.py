"""The service: map, OGC API Features, vector tiles, and what those do not cover.

It reads releases and nothing else: the private database is out of its reach, unless it is started for
analysts (`geozone.api.review`, `geozone.api.desk`).
"""

from geozone.api.app import create_app
from geozone.api.options import ServiceOptions
from geozone.api.preparing import prepare_first_view

__all__ = ["ServiceOptions", "create_app", "prepare_first_view"]
