"""What we remember: tables, transactions, migrations and seals. Knows nothing of words or carriers."""

from followup.store.columns import NOW, is_one_of, word
from followup.store.engine import Store, open_store
from followup.store.seal import SealError, keyed_hash, known_hashes, mark, unlock, unseal

__all__ = [
    "NOW",
    "SealError",
    "Store",
    "is_one_of",
    "keyed_hash",
    "known_hashes",
    "mark",
    "open_store",
    "unlock",
    "unseal",
    "word",
]
