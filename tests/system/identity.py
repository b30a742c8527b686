"""The identity service as it is, but for the cost of a password, run by the real command line.

`python -m tests.system.identity web | worker | all | migrate | seed …`. A hall of the tests makes hundreds of accounts
and proves nothing about that cost; `tests/identity` says what it is.
"""

from chassis import cli

load_service = cli._service


def cheap(name: str) -> "cli.Service":
    """The service, hashing with the small parameters of the tests of its own folder."""
    service = load_service(name)
    from services.identity import passwords
    from tests.identity.hashing import CHEAP

    vars(passwords).update(CHEAP)
    return service


if __name__ == "__main__":
    cli._service = cheap
    cli.main("identity")
