"""The chassis: what every service stands on. It knows no service by name; see docs/conventions.md."""
