"""Maps for notebooks and files: folium, with everything they need inside."""

from geozone.maps.folium_maps import folium_map
from geozone.maps.offline import save_html

__all__ = ["folium_map", "save_html"]
