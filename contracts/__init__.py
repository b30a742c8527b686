"""What the services promise one another: events, commands, rules and the topology that carries them.

Imports marshmallow and nothing of ours, so that every service, and a department outside, can depend on it alone.
"""
