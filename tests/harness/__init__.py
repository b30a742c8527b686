"""Real parts for the tests: PostgreSQL, RabbitMQ, programs of our own, and a wire that can be cut."""
