"""The same argon2id with small parameters, for whoever hashes hundreds of times and proves nothing about its cost."""

from argon2 import PasswordHasher

_quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
CHEAP = {"_hasher": _quick, "_NOBODY": _quick.hash("nobody")}  # to be set in `services.identity.passwords`
