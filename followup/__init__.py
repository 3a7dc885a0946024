"""Follow-up on the day after a facet joint injection: ask, hear, suggest, and lose nobody."""
