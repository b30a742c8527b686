"""HTTP/1.1 to a service: kept-alive sockets, bodies streamed both ways, never whole in memory."""

import select
import socket
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import httptools

from chassis import clock

CHUNK = 65_536
IDLE_SECONDS = 30.0  # less than the services' keep-alive of 75 s, so that we are the ones who close
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 65.0
_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer", b"upgrade")
    + (b"transfer-encoding", b"content-length")
)


class Unreachable(Exception):
    """The service did not take the request; nothing of it was done."""


class Broken(Exception):
    """The service took the request but gave no whole answer; it may have been done."""


class TimedOut(Broken):
    """The service took longer than allowed."""


class Answer:
    """Status, headers and the body as an iterator of chunks; close it to give the socket back or drop it."""

    def __init__(self, link: "Link", pool: "Pool"):
        self._link, self._pool = link, pool
        self._chunks: deque[bytes] = deque()
        self._headers_done = self._done = False
        self.headers: list[tuple[str, str]] = []
        self.length: str | None = None
        self._parser = httptools.HttpResponseParser(self)
        while not self._headers_done:
            self._feed()
        self.status = self._parser.get_status_code()
        self._keep = self._parser.should_keep_alive()

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"content-length":
            self.length = value.decode("latin-1")
        elif lower not in _HOP:
            self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._parser.get_status_code() >= 200:
            self._headers_done = True
        else:  # 100 Continue and the like announce the real answer
            self.headers, self.length = [], None

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        if self._headers_done:
            self._done = True

    def _feed(self) -> None:
        try:
            data = self._link.socket.recv(CHUNK)
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except OSError as error:
            raise Broken(str(error)) from None
        if not data:
            if self._headers_done and self.length is None and not self._parser.should_keep_alive():
                self._done = True  # a body that ends with the connection
                return
            raise Broken("the connection ended before the answer")
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise Broken(f"not an HTTP answer: {error}") from None

    def without_body(self) -> None:
        """The answer to a HEAD request ends with its headers, whatever length they name."""
        self._done = True
        self._chunks.clear()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            while self._chunks:
                yield self._chunks.popleft()
            if self._done:
                return
            self._feed()

    def read_small(self) -> bytes | None:
        """The whole body when it has already arrived, else None."""
        if not self._done:
            return None
        body = b"".join(self._chunks)
        self._chunks.clear()
        return body

    def close(self) -> None:
        """Keep the socket when the answer was read to its end, drop it otherwise."""
        if self._done and self._keep:
            self._pool.keep(self._link)
        else:
            self._link.close()


class Link:
    """One socket to a service."""

    def __init__(self, address: tuple[str, int]):
        try:
            self.socket = socket.create_connection(address, timeout=CONNECT_SECONDS)
        except OSError as error:
            raise Unreachable(str(error)) from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(ANSWER_SECONDS)
        self.used = clock.monotonic()
        self.fresh = True

    def alive(self) -> bool:
        """Whether an idle socket can still be used: young enough and not closed from the other side."""
        if clock.monotonic() - self.used > IDLE_SECONDS:
            return False
        return not select.select([self.socket], [], [], 0)[0]

    def close(self) -> None:
        self.socket.close()


class Pool:
    """The sockets to one service."""

    def __init__(self, url: str, most_idle: int = 32):
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.authority = f"{self.address[0]}:{self.address[1]}"
        self._idle: deque[Link] = deque(maxlen=None)
        self._most_idle = most_idle

    def keep(self, link: Link) -> None:
        """Take back a socket whose answer was read to its end."""
        link.used, link.fresh = clock.monotonic(), False
        if len(self._idle) < self._most_idle:
            self._idle.append(link)
        else:
            link.close()

    def _take(self) -> Link:
        while True:
            try:
                link = self._idle.pop()
            except IndexError:
                return Link(self.address)
            if link.alive():
                return link
            link.close()

    def ask(self, head: bytes, body: Iterator[bytes], *, chunked: bool, repeatable: bool) -> Answer:
        """Send one request and return the answer as soon as its headers are in.

        A kept socket may have been closed in the very moment of sending; a request without effect is then sent once
        more on a new one. Raises Unreachable, Broken or TimedOut.
        """
        while True:
            link = self._take()
            try:
                try:
                    _send(link.socket, head, body, chunked)
                except TimeoutError:
                    raise TimedOut("the service does not take the body") from None
                except OSError:
                    # The service may have refused early (too large, not allowed) and closed: look for its answer.
                    pass
                return Answer(link, self)
            except TimedOut:
                link.close()
                raise
            except Broken:
                link.close()
                if not repeatable or link.fresh:
                    raise
            except BaseException:
                link.close()
                raise


def _send(connection: socket.socket, head: bytes, body: Iterator[bytes], chunked: bool) -> None:
    first = next(body, b"")
    if not chunked:
        connection.sendall(head + first if first else head)
        for piece in body:
            connection.sendall(piece)
        return
    connection.sendall(head)
    piece = first
    while piece:
        connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        piece = next(body, b"")
    connection.sendall(b"0\r\n\r\n")
