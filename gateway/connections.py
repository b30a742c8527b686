"""Clients that are slow, silent or never hang up must not stop the hall.

gunicorn's threads wait for a slow head or body without end, and its accepting thread closes finished connections, up to
2 s for each client that keeps its end open: a handful of idle clients could stop everybody. Here every wait has an end,
and a finished connection lingers in a thread of its own (RFC 9112, 9.6), so that a refusal reaches a client that is
still sending.
"""

import queue
import selectors
import socket
import threading

from gunicorn.workers import gthread

from chassis import clock

LINGER_SECONDS = 5.0
MOST_LINGERING = 256


class _Lingering:
    """Connections whose answer is sent: what the client still sends is thrown away until it closes or time is over."""

    def __init__(self) -> None:
        self._new: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        self._ends: dict[socket.socket, float] = {}  # in the order of their ends
        self._selector = selectors.DefaultSelector()
        threading.Thread(target=self._run, name="lingering", daemon=True).start()

    def add(self, connection: socket.socket) -> None:
        """Say that nothing more will come, and take the connection over."""
        try:
            connection.setblocking(False)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            connection.close()
        else:
            self._new.put(connection)

    def _run(self) -> None:
        while True:
            while not self._ends or not self._new.empty():
                self._begin(self._new.get())
            for key, _ in self._selector.select(0.1):
                self._discard(key.data)
            now = clock.monotonic()
            while self._ends and next(iter(self._ends.values())) < now:
                self._end(next(iter(self._ends)))

    def _begin(self, connection: socket.socket) -> None:
        if len(self._ends) >= MOST_LINGERING:
            self._end(next(iter(self._ends)))
        self._selector.register(connection, selectors.EVENT_READ, connection)
        self._ends[connection] = clock.monotonic() + LINGER_SECONDS

    def _discard(self, connection: socket.socket) -> None:
        try:
            if connection.recv(65_536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # gone
        self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        del self._ends[connection]
        connection.close()


class _Connection(gthread.TConn):
    lingering: _Lingering
    seconds: float

    def init(self) -> None:
        """Before each request on this connection."""
        super().init()
        self.sock.settimeout(self.seconds)

    def close(self, graceful: bool = False) -> None:
        """After the last one."""
        if graceful:
            self.lingering.add(self.sock)
        else:
            super().close()


def guard(seconds: float) -> None:
    """Use these connections in this worker process; a client may be silent for so many seconds."""
    _Connection.seconds = seconds
    _Connection.lingering = _Lingering()
    gthread.TConn = _Connection
