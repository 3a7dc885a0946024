"""`make soak-scale`: a morning of many clinics in four time zones, on PostgreSQL. Not collected by pytest."""
