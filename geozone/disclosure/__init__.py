"""What of a draft may be told to everybody: counts as ranges that no arithmetic narrows to a person.

Suppression is done once, when a release is made. Whatever is served from a release afterwards, by
commune, province, day, box or filter, is made of what is published here, so that nothing can be
subtracted that is not public. Drafts keep the exact figures.
"""

from geozone.disclosure.policy import Disclosure
from geozone.disclosure.protecting import PublicDraft, protect
from geozone.disclosure.ranges import say_column

__all__ = ["Disclosure", "PublicDraft", "protect", "say_column"]
