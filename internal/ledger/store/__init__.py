"""What the ledger remembers: reservations, and the trail."""
