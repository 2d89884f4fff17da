"""Requests that no honest client sends: each is answered 4xx, at once, with a problem document.

``benchmarks/serving/hostile.py`` times the same list.
"""

from __future__ import annotations

import json
from urllib.parse import quote

ITEMS = "/ogc/collections/communes/items"
ZONES = "/ogc/collections/containment_zones/items"
WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"


def filtered(text: str, language: str = "cql2-text", at: str = ITEMS) -> str:
    return f"{at}?filter-lang={language}&filter={quote(text)}"


def spatial(literal: str, function: str = "S_INTERSECTS") -> str:
    return filtered(f"{function}(geometry,{literal})")


def ring(vertices: int) -> str:
    """A comb, whose teeth cross every border they meet."""
    teeth = ",".join(f"{102 + at * 8 / vertices:.3f} {8 + (at % 2) * 15}" for at in range(vertices))
    return f"LINESTRING({teeth})"


FILTERS = [
    "1/0",
    "1/0 = 1/0 AND",
    "1=1; DROP TABLE communes",
    "name = 'x' OR 1",
    "name = 'it''s",
    "' OR ''='",
    'name = "Ba Đình"',
    "name LIKE 5",
    "name = 5",
    "code > 4",
    "population = 'many'",
    "verified > false",
    "detail = 'x'",
    "why = 'x'",
    "person_name LIKE '%'",
    "geometry = geometry",
    "__class__ = 1",
    "pg_sleep(10) = 1",
    "sleep(1e9) = 1",
    "load_extension('x') = 1",
    "CAST(name AS integer) = 1",
    "avg(population) > 1",
    "S_BUFFER(geometry, 1e9) IS NULL",
    "S_RELATE(geometry, POINT(1 1), 'T********')",
    "A_CONTAINS(name, ('x','y'))",
    "T_AFTER(lower_on, DATE('9999-99-99'))",
    "T_AFTER(lower_on, TIMESTAMP('yesterday'))",
    "T_DURING(name, INTERVAL('2021-01-01','2021-02-01'))",
    "T_DURING(lower_on, INTERVAL('2021-02-01','2021-01-01'))",
    "lower_on = '0000-00-00'",
    "lower_on = '2021-07-20T25:61:61Z'",
    "population > 1e999",
    "population BETWEEN 1",
    "population IN ()",
    "NOT",
    "AND",
    "((((((((((((((((((((((((((((((((",
    "(" * 300 + "true" + ")" * 300,
    "NOT " * 3000 + "x",
    "NOT (" * 30 + "true" + ")" * 30,
    "population = " + "-" * 9000 + "x",
    "population = " + "(" * 11 + "+".join(["1"] * 2000) + " x" + ")" * 11,
    "casei(" * 50 + "name" + ")" * 50 + " = 'x'",
    " AND ".join(["population = 1"] * 2000),
    "population IN (" + ",".join(map(str, range(8000))) + ")",
    "x" * 9000,
    "x" * 60_000,
    "\u202e\u0000",
    "naïve = 'é'",
    "🙂 = 1",
    "\n\n\n",
]
LITERALS = [
    "POINT(NaN NaN)",
    "POINT(1e400 0)",
    "POINT(181 0)",
    "POINT(0 -91)",
    "POINT EMPTY",
    "POLYGON((0 0,1 1,1 0,0 1,0 0))",
    "POLYGON((0 0,1 1))",
    "POLYGON((0 0,1 0,1 1,0 1))",
    "POLYGON((0 0,1 0,1 1,0 0),(5 5,6 5,6 6,5 5))",
    "CIRCULARSTRING(0 0,1 1,2 0)",
    "BBOX(1,2,3)",
    "BBOX(0,10,1,5)",
    "BBOX(-999,0,1,1)",
    ring(1600),
    "GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 1)))",
    "MULTIPOINT(" + ",".join(f"({at / 20} 0)" for at in range(1550)) + ")",
]
JSON_FILTERS = [
    "[]",
    "{}",
    "null",
    "NaN",
    "{" * 5000,
    "[" * 5000 + "]" * 5000,
    '{"op":"not","args":' * 200 + "true" + "}" * 200,
    '{"op":"=","args":[{"property":{"property":"name"}},1]}',
    '{"op":"and","args":"true"}',
    '{"op":"like","args":[{"property":"name"}]}',
    '{"op":"=","args":[{"property":"name"},"\\ud800"]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[0,0],[1,1],null]]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1,2],"crs":5,"bbox":"x"}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"href":"file:///etc/passwd"}]}',
    json.dumps({"op": "in", "args": [{"property": "population"}, list(range(3000))]}) + " ",
    json.dumps({"filter": "name = 'x'"}),
]
PARAMETERS = [
    f"{ITEMS}?filter=",
    f"{ITEMS}?filter-lang=sql&filter=true",
    f"{ITEMS}?filter-lang=cql2-json&filter=true%20AND",
    f"{ITEMS}?filter-crs=EPSG:3405",
    f"{ITEMS}?filter=true&filter-crs=EPSG:999999",
    f"{ITEMS}?filter=true&filter=true",
    f"{ITEMS}?crs=EPSG:0",
    f"{ITEMS}?crs=+proj=utm",
    f"{ITEMS}?crs=http://www.opengis.net/def/crs/EPSG/0/27700",
    f"{ITEMS}?crs=http://169.254.169.254/latest",
    f"{ITEMS}?crs={'A' * 5000}",
    f"{ITEMS}?bbox-crs={WEB_MERCATOR}",
    f"{ITEMS}?bbox=0,0,1&bbox-crs={WEB_MERCATOR}",
    f"{ITEMS}?bbox=nan,nan,nan,nan&bbox-crs={WEB_MERCATOR}",
    f"{ITEMS}?bbox=-1e30,-1e30,1e30,1e30&bbox-crs={WEB_MERCATOR}",
    f"{ITEMS}?bbox=5,0,1,1&bbox-crs={WEB_MERCATOR}",
    f"{ITEMS}?bbox=100,8,110,24&bbox-crs=EPSG:4326",
    f"{ITEMS}?bbox=1e999,8,110,24",
    f"{ITEMS}?sortby=",
    f"{ITEMS}?sortby=,",
    f"{ITEMS}?sortby=name;drop",
    f"{ITEMS}?sortby=person_name",
    f"{ITEMS}?sortby={','.join(['name'] * 500)}",
    f"{ITEMS}?sortby=name&after=99999",
    f"{ITEMS}?properties=person_name",
    f"{ITEMS}?properties=*",
    f"{ITEMS}?properties={'name,' * 3000}x",
    f"{ITEMS}?skip-geometry=1e9",
    f"{ITEMS}?f=shp",
    f"{ITEMS}?f=../../etc/passwd",
    f"{ITEMS}?f=json%00",
    f"{ITEMS}?lang=xx",
    f"{ITEMS}?limit=-1",
    f"{ITEMS}?limit=1e3",
    f"{ITEMS}?limit=0x10",
    f"{ITEMS}?offset={10**30}",
    f"{ITEMS}?offset=-1",
    f"{ITEMS}?offset=1&after=00004",
    f"{ITEMS}?datetime=2021-07-01/2021-06-01",
    f"{ITEMS}?datetime=%00",
    f"{ITEMS}?FILTER=true",
    f"{ITEMS}?filter[]=true",
    f"{ITEMS}/00004?crs=EPSG:1",
    f"{ITEMS}/00004?filter=true",
    f"{ITEMS}/%00%ff",
    f"{ITEMS}/..%2f..%2f",
    "/ogc/collections/communes/queryables?limit=1",
    "/ogc/collections/cases/queryables",
    "/ogc/collections/nothing/schema",
    "/ogc/collections/%00/sortables",
    "/ogc/style.css?x=1",
    "/ogc/collections/communes/items.json",
    "/tiles/communes/-1/0/0.mvt",
    "/tiles/communes/100/0/0.mvt",
]
ADDRESSES = [
    *map(filtered, FILTERS),
    *map(spatial, LITERALS),
    *(filtered(text, "cql2-json") for text in JSON_FILTERS),
    *PARAMETERS,
]
# Honest in form, dear in work: to be answered, or refused, in bounded time.
HEAVY = [
    spatial(ring(700), "S_CROSSES"),
    spatial(ring(700), "S_OVERLAPS"),
    spatial(ring(700), "S_TOUCHES"),
    spatial(ring(700), "S_EQUALS"),
    filtered(" OR ".join(f"S_CROSSES(geometry,{ring(40)})" for _ in range(12))),
    filtered(" AND ".join(["casei(accenti(why_vi)) LIKE '%a%e%i%o%u%y%'"] * 60)),
    filtered("name LIKE '" + "%_" * 2000 + "x'"),
    filtered(" OR ".join(f"population ^ {at} = 7" for at in range(300))),
    filtered("(" * 5 + "+".join(["1"] * 4000) + ")" * 5 + " = population"),
    f"{ITEMS}?limit=10000&sortby=-why_vi,-why_en,name,code,rate_per_100k&skip-geometry=true",
    f"{ITEMS}?limit=10000&f=html",
]
