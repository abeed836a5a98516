"""What the catalog remembers. Every line of its SQL: events, showtimes with their tiers, categories."""
