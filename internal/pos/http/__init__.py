"""The routes of the point of sale: `merchant` for programs that have the key, `bank` for the buyer's browser."""
