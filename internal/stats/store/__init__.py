"""What the statistics remember. Every line of their SQL."""
