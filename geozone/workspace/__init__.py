"""One folder that holds an outbreak: the private database, the unit outlines, drafts and releases.

::

    workspace/
      geozone.db      private: cases, places, geocodes, population, doses, audit
      overrides/      levels set by decision, by digest, and a pointer
      committee-figures/  private: what the committee handed in, by digest, and a pointer
      units/          imported outlines, one folder by digest, and a pointer
      ward-changes/   imported record of former communes, by digest, and a pointer
      places/         imported streets, house numbers and hamlets, by digest, and a pointer
      blocks/, roads/ imported blocks, and roads and rivers, by digest, and a pointer
      drafts/         private: what was drawn and not yet decided
      zones/          private: the zones of each day and the cases they rest on
      rejects/        private: rows that could not be read, to be mended and imported again
      keys/           private: the keys that sign releases, and the history they signed
      secrets/        private: the keys of tokens, and those that identifiers are encrypted with
      releases/       public: immutable, content-addressed
      cache/          what can be made again
"""

from geozone.workspace.opening import KEYS, MARKER, SECRETS, Workspace, open_places, open_public

__all__ = ["KEYS", "MARKER", "SECRETS", "Workspace", "open_places", "open_public"]
