"""Line lists: read, check, reject, mend, import again."""

from geozone.linelist.fields import FIELDS
from geozone.linelist.line_list import LineList
from geozone.linelist.reading import MAX_ROWS, read_line_list
from geozone.linelist.rejects import write_rejects
from geozone.tables import RawTable, read_table

__all__ = ["FIELDS", "MAX_ROWS", "LineList", "RawTable", "read_line_list", "read_table", "write_rejects"]
