"""Event types, one module per producing service. The data never hold a name, a number or an address of a person."""
