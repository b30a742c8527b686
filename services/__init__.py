"""The services: one concern, one database, one deployable each; none imports another."""
