"""The pages in a real browser, against a whole demo hall."""
