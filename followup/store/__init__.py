"""What we remember: tables, transactions, migrations and seals. Knows nothing of words or carriers."""

from followup.store.columns import NOW, is_one_of, table_of, word
from followup.store.engine import Store, open_store
from followup.store.insert import add_now, insert_now
from followup.store.seal import SealError, keyed_hash, known_hashes, mark, unlock, unseal
from followup.store.taken import taken

__all__ = [
    "NOW",
    "SealError",
    "Store",
    "add_now",
    "insert_now",
    "is_one_of",
    "keyed_hash",
    "known_hashes",
    "mark",
    "open_store",
    "table_of",
    "taken",
    "unlock",
    "unseal",
    "word",
]
