"""Tests about the house itself; each has a counter-test that shows it can fail."""
