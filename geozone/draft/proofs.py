"""What must be shown before a zone is lifted, besides days without a case: it depends on the disease."""

from __future__ import annotations

from collections.abc import Sequence

from geozone.zoning.lifting import PROOF

__all__ = ["proof_for"]

_VECTORS = (
    "kết quả giám sát không còn lăng quăng, muỗi truyền bệnh vượt ngưỡng",
    "a survey that finds no larvae or vectors above the threshold",
)
_ANIMALS = (
    "kết quả kiểm tra, lấy mẫu các cơ sở chăn nuôi trong vùng và biên bản vệ sinh, khử trùng tiêu độc",
    "favourable visits and samples of the holdings inside, with cleaning and disinfection done",
)
_OF_VECTORS = frozenset({"dengue", "zika", "chikungunya", "malaria"})
_OF_ANIMALS = frozenset(
    {
        "highly-pathogenic-avian-influenza", "newcastle-disease", "african-swine-fever",
        "classical-swine-fever", "foot-and-mouth-disease", "rinderpest", "sheep-and-goat-pox",
        "peste-des-petits-ruminants",
        "lumpy-skin-disease", "rift-valley-fever", "african-horse-sickness", "glanders",
        "contagious-bovine-pleuropneumonia", "contagious-caprine-pleuropneumonia",
    }
)  # fmt: skip


def proof_for(diseases: Sequence[str]) -> tuple[str, str]:
    """Say what must be shown for a disease.

    Parameters
    ----------
    diseases : sequence of str
        Diseases of a rule set.

    Returns
    -------
    tuple of str
        In Vietnamese and English: a survey of vectors, visits to holdings, or a round of tests.
    """
    named = set(diseases)
    if named & _OF_VECTORS:
        return _VECTORS
    return _ANIMALS if named & _OF_ANIMALS else PROOF
