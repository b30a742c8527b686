"""The same argon2id with small parameters, for whoever hashes hundreds of times and proves nothing about its cost."""

from argon2 import PasswordHasher

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
