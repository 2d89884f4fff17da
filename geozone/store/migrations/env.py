"""Run migrations on the connection that was handed over, in its transaction."""

from __future__ import annotations

from alembic import context

from geozone.store.tables import METADATA
from geozone.store.versions import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
