"""A TCP wire between a client and a server that can be cut, frozen, slowed, refused or left half open."""

import contextlib
import selectors
import socket
import struct
import threading
from typing import Self

from tests.harness.processes import free_port

RESET = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close sends RST and throws away what waits
CHUNK = 65536
PATIENCE = 0.2  # seconds until a waiting thread looks whether its connection is over


class Proxy:
    """Listens on its own port and passes every byte on to `host:port`, as long as the wire is whole."""

    def __init__(self, port: int, host: str = "127.0.0.1", listen_port: int | None = None):
        self.target = (host, port)
        self.port = listen_port or free_port()
        self.accepted = 0
        self.held = 0.0
        self._lock = threading.Lock()
        self._links: set[_Link] = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._closed = False
        self._listener: socket.socket | None = None
        self._placeholder: socket.socket | None = None

    def start(self) -> Self:
        """Begin to listen."""
        self.accept()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connections(self) -> int:
        """How many connections go through it now."""
        with self._lock:
            return len(self._links)

    def cut(self) -> int:
        """Reset all connections on both sides; new ones are welcome. Returns how many were cut."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    def freeze(self) -> None:
        """Pass nothing on: bytes wait, connections stay open, new ones are taken and wait too."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Pass on what waited and what comes."""
        self._flowing.set()

    def refuse(self) -> None:
        """New connections are refused, open ones live on; the port stays ours."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept()
        listener.close()
        self._placeholder = self._bound()  # bound and not listening: the kernel answers with RST

    def accept(self) -> None:
        """Take new connections (again)."""
        if self._listener is not None or self._closed:
            return
        if self._placeholder is None:
            self._placeholder = self._bound()
        listener, self._placeholder = self._placeholder, None
        listener.listen(128)
        self._listener = listener
        threading.Thread(target=self._take, args=(listener,), daemon=True, name=f"proxy-{self.port}").start()

    def half_open(self) -> int:
        """As when a firewall forgets: the server's side of every open connection goes, the client is not told and
        what it sends is swallowed. New connections work. Returns how many were left half open."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.lose_server()
        return len(links)

    def delay(self, seconds: float) -> None:
        """Hold every chunk that long before passing it on, in each direction; 0 ends it."""
        self.held = seconds

    def close(self) -> None:
        """Stop listening and cut everything."""
        self._closed = True
        self.refuse()
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None
        self.cut()
        self.thaw()

    def _bound(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        return bound

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self.target, timeout=10)
        except OSError:
            _reset(client)  # the server is away: the client learns it at once
            return
        for side in (client, server):
            side.setblocking(False)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = _Link(self, client, server)
        with self._lock:
            self._links.add(link)
        link.run()

    def _ended(self, link: "_Link") -> None:
        with self._lock:
            self._links.discard(link)


class _Link:
    """One connection: a thread for each direction; whoever ends last closes both sides."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket):
        self.proxy = proxy
        self.client = client
        self.server = server
        self.lost = False
        self.over = threading.Event()
        self.open_directions = 2
        self.lock = threading.Lock()

    def run(self) -> None:
        threading.Thread(target=self._pump, args=(self.server, self.client), daemon=True).start()
        self._pump(self.client, self.server)

    def reset(self) -> None:
        for side in (self.client, self.server):
            _will_reset(side)  # before the pumps learn that it is over: one of them may be the first to close
        self.over.set()
        for side in (self.client, self.server):
            _reset(side)
        self.proxy._ended(self)

    def lose_server(self) -> None:
        self.lost = True
        _reset(self.server)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Pass on until the source ends, then tell the sink so."""
        try:
            with contextlib.closing(selectors.DefaultSelector()) as readable:
                readable.register(source, selectors.EVENT_READ)
                while data := self._read(source, readable):
                    if self.proxy.held and self.over.wait(self.proxy.held):
                        break
                    self._flow()
                    self._write(sink, data)
            if not self.lost and not self.over.is_set():
                sink.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):  # ValueError: the socket was closed before it was registered
            if not self.lost and not self.over.is_set():
                self.reset()  # one side vanished: the other learns it
        finally:
            self._direction_ended(source)

    def _read(self, source: socket.socket, readable: selectors.BaseSelector) -> bytes:
        """The next bytes, taken only while the wire flows (a frozen wire fills the sender's buffers)."""
        while not self.over.is_set():
            self._flow()
            if readable.select(PATIENCE) and self.proxy._flowing.is_set():
                return source.recv(CHUNK)
        return b""

    def _write(self, sink: socket.socket, data: bytes) -> None:
        """Send all of it, unless the connection is over: a thread blocked in send() would hold back the RST."""
        rest = memoryview(data)
        while rest and not self.lost and not self.over.is_set():
            try:
                rest = rest[sink.send(rest) :]
            except BlockingIOError:
                with contextlib.closing(selectors.DefaultSelector()) as writable:
                    writable.register(sink, selectors.EVENT_WRITE)
                    writable.select(PATIENCE)

    def _flow(self) -> None:
        """Wait while the wire is frozen, but not for a connection that is over."""
        while not self.proxy._flowing.wait(PATIENCE) and not self.over.is_set():
            continue

    def _direction_ended(self, source: socket.socket) -> None:
        with self.lock:
            self.open_directions -= 1
            last = self.open_directions == 0
        if last or (self.lost and source is self.client):
            self.over.set()
            for side in (self.client, self.server):
                side.close()
            self.proxy._ended(self)


def _will_reset(side: socket.socket) -> None:
    """Whoever closes it, closes with RST."""
    with contextlib.suppress(OSError):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _reset(side: socket.socket) -> None:
    """Close with RST."""
    _will_reset(side)
    with contextlib.suppress(OSError):
        side.shutdown(socket.SHUT_RD)  # wakes a thread that waits for this socket
    side.close()
