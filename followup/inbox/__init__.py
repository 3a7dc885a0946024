"""How we hear people: store first, once; then match, read, and answer, all in one transaction."""
