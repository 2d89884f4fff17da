"""QGIS without a screen, as a program of its own: opens what its arguments name, prints what it found.

    python3 qgis_client.py ADDRESS TILE_LAYER COLLECTION...

Run by the Python that Debian's ``python3-qgis`` belongs to, never by the tests' own.
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize


def features(base: str, collection: str) -> dict[str, object]:
    source = f"url='{base}/ogc' typename='{collection}' pagingEnabled='true'"
    layer = QgsVectorLayer(source, collection, "OAPIF")
    if not layer.isValid():
        return {"valid": False, "error": layer.error().message()}
    found = list(layer.getFeatures())
    box = layer.extent()
    middle = QgsRectangle.fromCenterAndSize(box.center(), box.width() / 4, box.height() / 4)
    return {
        "valid": True,
        "count": len(found),
        "fields": [field.name() for field in layer.fields()],
        "valid_geometries": all(one.geometry().isGeosValid() for one in found if one.hasGeometry()),
        "in_the_middle": len(list(layer.getFeatures(QgsFeatureRequest(middle)))),
        "middle": [middle.xMinimum(), middle.yMinimum(), middle.xMaximum(), middle.yMaximum()],
    }


def tiles(base: str, layer_name: str) -> dict[str, object]:
    address = f"{base}/tiles/{layer_name}/%7Bz%7D/%7Bx%7D/%7By%7D.mvt"
    layer = QgsVectorTileLayer(f"type=xyz&url={address}&zmin=0&zmax=14", layer_name)
    if not layer.isValid():
        return {"valid": False}
    bare = drawn(layer, QgsPointXY(-3_000_000, -3_000_000))
    return {"valid": True, "inked": drawn(layer, QgsPointXY(11_784_000, 2_392_000)), "inked_elsewhere": bare}


def drawn(layer: QgsVectorTileLayer, centre: QgsPointXY) -> int:
    """Draw 60 km of the map as QGIS would, and count the pixels that are not blank."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(256, 256))
    settings.setExtent(QgsRectangle.fromCenterAndSize(centre, 60_000, 60_000))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    blank = image.pixel(0, 0) if centre.x() < 0 else 0xFFFFFFFF
    pixels = (image.pixel(x, y) for x in range(0, 256, 4) for y in range(0, 256, 4))
    return sum(pixel != blank for pixel in pixels)


def main() -> None:
    base, tile_layer, *collections = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    shown = {collection: features(base, collection) for collection in collections}
    sys.stdout.write(json.dumps({"features": shown, "tiles": tiles(base, tile_layer)}) + "\n")
    application.exitQgis()


if __name__ == "__main__":
    main()
