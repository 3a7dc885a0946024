"""What we remember: tables, transactions, migrations and seals. Knows nothing of words or carriers."""

from followup.store.engine import Store, open_store
from followup.store.seal import SealError, keyed_hash, known_hashes, unlock

__all__ = ["SealError", "Store", "keyed_hash", "known_hashes", "open_store", "unlock"]
