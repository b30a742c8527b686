"""`python -m gateway`: serve the gateway with gunicorn."""

import sys

from chassis import config
from chassis.server import run


def main() -> None:
    """Start; a bad setting is one clear line and exit code 2."""
    try:
        settings = config.load("gateway")

        def load_app(on_stop: object) -> object:
            from gateway.app import make_app

            return make_app(settings)

        run(load_app, settings)
    except config.BadSetting as error:
        sys.stderr.write(f"gateway: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
