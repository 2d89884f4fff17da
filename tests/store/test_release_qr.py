"""The QR code is read back by a reader that we did not write, also when it is soiled."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from geozone.release import qr_png, qr_svg, verify_address

DIGEST = "c898f6" + "0" * 58


def test_the_address_of_a_release() -> None:
    assert verify_address(DIGEST, "https://map.example.vn/") == f"https://map.example.vn/verify/{DIGEST}"
    assert verify_address(DIGEST, None) == f"urn:geozone:sha256:{DIGEST}"
    with pytest.raises(ValueError, match="not a digest"):
        verify_address("../x", "https://map.example.vn")


def test_the_drawing_is_one_plain_element() -> None:
    text = qr_svg(verify_address(DIGEST, "https://map.example.vn"))
    root = ET.fromstring(text)  # noqa: S314
    assert root.tag.endswith("svg")
    assert "style" not in text
    assert "<script" not in text
    assert "&lt;" in qr_svg("<b>")


@pytest.mark.parametrize("soiled", [0.0, 0.2])
def test_a_reader_reads_it(soiled: float) -> None:
    address = verify_address(DIGEST, "https://map.example.vn")
    picture = Image.open(io.BytesIO(qr_png(address))).convert("RGB")
    side = picture.width
    if soiled:
        a, b = side * 0.5, side * (0.5 + soiled)
        ImageDraw.Draw(picture).rectangle([a, a, b, b], fill="#884400")
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [address]
