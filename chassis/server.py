"""gunicorn, embedded: gthread workers, no preload, the application imported after the fork."""

import socket
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from chassis.config import BadSetting, Settings

AppLoader = Callable[[Callable[[Callable[[], None]], None]], Any]


class _Server(BaseApplication):
    def __init__(self, load_app: AppLoader, settings: Settings):
        self._load_app, self._settings = load_app, settings
        self._on_stop: list[Callable[[], None]] = []
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options = {
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.web_workers,
            "threads": settings.web_threads,
            "worker_class": "gthread",
            "keepalive": 75,
            "timeout": 60,
            "graceful_timeout": 20,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_exit": lambda server, worker: self._stop(),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._load_app(self._on_stop.append)

    def _stop(self) -> None:
        for action in self._on_stop:
            action()


def run(load_app: AppLoader, settings: Settings) -> None:
    """Serve until SIGTERM; a taken port is one clear line."""
    check_port(settings.host, settings.port)
    sys.argv = sys.argv[:1]  # gunicorn must not read our command line
    _Server(load_app, settings).run()


def check_port(host: str, port: int) -> None:
    """Raise BadSetting when somebody already listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadSetting(f"port {port} on {host} cannot be used ({error.strerror}); set YWT_PORT to a free one")
