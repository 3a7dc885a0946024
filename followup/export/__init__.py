"""What came of the clinic's procedures, for its own systems: a spreadsheet or FHIR."""
