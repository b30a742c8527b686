"""`python -m gateway`: serve the gateway with gunicorn."""

import dataclasses
import os
import sys

from chassis import config
from chassis.server import run
from gateway import settings as own_settings

WEB_THREADS = 32  # they mostly wait for services and clients


def main() -> None:
    """Start; a bad setting is one clear line and exit code 2."""
    try:
        settings = config.load("gateway")
        if "YWT_WEB_THREADS" not in os.environ:
            settings = dataclasses.replace(settings, web_threads=WEB_THREADS)

        limits = own_settings.load(settings)

        def load_app(on_stop: object) -> object:
            from gateway import connections
            from gateway.app import make_app

            connections.guard(limits.client_seconds)
            return make_app(settings, limits)

        run(load_app, settings)
    except config.BadSetting as error:
        sys.stderr.write(f"gateway: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
