"""Command types, one module per service that carries them out."""
