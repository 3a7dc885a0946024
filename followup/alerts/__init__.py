"""Who is told at once: warning signs become alerts the moment they are read."""
