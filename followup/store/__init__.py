"""What we remember: tables, transactions, migrations and seals. Knows nothing of words or carriers."""

from followup.store.columns import is_one_of
from followup.store.engine import Store, open_store
from followup.store.seal import SealError, keyed_hash, known_hashes, mark, unlock

__all__ = ["SealError", "Store", "is_one_of", "keyed_hash", "known_hashes", "mark", "open_store", "unlock"]
