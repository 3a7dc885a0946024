"""What staff get: a day's cases, each in one place, counted twice, on one page."""
