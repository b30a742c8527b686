"""HTTP/1.1 to a service: kept-alive sockets, bodies streamed both ways, never whole in memory."""

import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import httptools

from chassis import clock

CHUNK = 65_536
IDLE_SECONDS = 30.0  # less than the services' keep-alive of 75 s, so that we are the ones who close
CONNECT_SECONDS = 2.0
# What belongs to one connection only; Date and Server are set anew by our own server.
_HOP = {
    *(b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization"),
    *(b"te", b"trailer", b"upgrade", b"date", b"server"),
}


class Unreachable(Exception):
    """The service did not take the request; nothing of it was done."""


class Busy(Unreachable):
    """As many requests as may wait for this service wait already."""


class Broken(Exception):
    """The service took the request but gave no whole answer; it may have been done."""


class TimedOut(Broken):
    """The service took longer than allowed."""


class Link:
    """One socket to a service."""

    def __init__(self, address: tuple[str, int], seconds: float):
        try:
            self.socket = socket.create_connection(address, timeout=CONNECT_SECONDS)
        except OSError as error:
            raise Unreachable(str(error)) from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(seconds)
        self.seconds, self.used, self.fresh = seconds, clock.monotonic(), True
        self._poll = select.poll()
        self._poll.register(self.socket, select.POLLIN)

    def silent(self) -> bool:
        """Whether the service has neither sent anything nor closed."""
        return not self._poll.poll(0)

    def alive(self) -> bool:
        """Whether an idle socket can still be used: young enough and not closed from the other side."""
        return clock.monotonic() - self.used < IDLE_SECONDS and self.silent()

    def send(self, data: bytes) -> bool:
        """Send while the service listens; False when it answered or closed before it had taken all."""
        rest = memoryview(data)
        poll = select.poll()
        poll.register(self.socket, select.POLLIN | select.POLLOUT)
        while rest:
            events = poll.poll(self.seconds * 1000)
            if not events:
                raise TimedOut("the service does not take the body")
            if events[0][1] != select.POLLOUT:
                return False
            try:
                rest = rest[self.socket.send(rest) :]
            except OSError:
                return False
        return True

    def send_all(self, head: bytes, body: Iterator[bytes], chunked: bool) -> bool:
        """Send a request; False when the service did not want all of it (it may have refused early, and says why)."""
        first = next(body, b"")
        if not chunked:
            if not first:
                try:
                    self.socket.sendall(head)
                except OSError:
                    return False
                return True
            return self.send(head + first) and all(map(self.send, body))
        piece = first
        while piece:
            if not self.send(b"%b%x\r\n%b\r\n" % (head, len(piece), piece)):
                return False
            head, piece = b"", next(body, b"")
        return self.send(head + b"0\r\n\r\n")

    def close(self) -> None:
        self.socket.close()


class Answer:
    """Status, headers and the body as an iterator of chunks; close it to give the socket back or drop it."""

    def __init__(self, link: Link, pool: "Pool", whole_request: bool):
        self._link, self._pool, self._keep = link, pool, whole_request
        self._chunks: deque[bytes] = deque()
        self._headers_done = self._done = self._chunked = self._closed = False
        self.whole_request = whole_request
        self.headers: list[tuple[str, str]] = []
        self.length: str | None = None
        self._parser = httptools.HttpResponseParser(self)
        while not self._headers_done:
            self._feed()
        self.status: int = self._parser.get_status_code()

    def on_message_begin(self) -> None:
        if self._done:  # more than was asked for: who knows what the next answer on this socket would be
            self._keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._done:
            return
        lower = name.lower()
        if lower == b"content-length":
            self.length = value.decode("latin-1")
        elif lower == b"transfer-encoding":
            self._chunked = True
        elif lower not in _HOP:
            self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._done:
            return
        if self._parser.get_status_code() >= 200:
            self._headers_done = True
            self._keep = self._keep and self._parser.should_keep_alive()  # known only here, not when all is read
        else:  # 100 Continue and the like announce the real answer
            self.headers, self.length, self._chunked = [], None, False

    def on_body(self, body: bytes) -> None:
        if not self._done:
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
            if self._headers_done and self.length is None and not self._chunked:
                self._done, self._keep = True, False  # a body that ends with the connection
                return
            raise Broken("the connection ended before the answer")
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise Broken(f"not an HTTP answer: {error}") from None

    def without_body(self) -> None:
        """The answer to a HEAD request ends with its headers, whatever length they name."""
        self._keep = self._keep and (self._done or not self._chunks)
        self._done = True
        self._chunks.clear()

    def begin(self) -> bytes | None:
        """The whole body when it is small; None when it is to be streamed, whose first bytes are then there."""
        small = self.length is not None and int(self.length) <= CHUNK
        while not self._done and (small or not self._chunks):
            self._feed()
        if not self._done:
            return None
        body = b"".join(self._chunks)
        self._chunks.clear()
        return body

    def __iter__(self) -> Iterator[bytes]:
        while True:
            if self._done:  # who has the last piece may ask again at once, and shall find the socket free
                self.close()
            while self._chunks:
                yield self._chunks.popleft()
            if self._done:
                return
            self._feed()

    def close(self) -> None:
        """Keep the socket when the answer was read to its end, drop it otherwise."""
        if not self._closed:
            self._closed = True
            self._pool.give_back(self._link, self._done and self._keep)


class Pool:
    """The sockets to one service, and how many requests it may have in hand."""

    def __init__(self, url: str, seconds: float, most_at_once: int):
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.authority = f"{self.address[0]}:{self.address[1]}"
        self.seconds = seconds
        self._idle: deque[Link] = deque()
        self._free = threading.Semaphore(most_at_once)

    def give_back(self, link: Link, keep: bool) -> None:
        """The end of a request: a socket whose answer was read to its end can serve again."""
        if keep:
            link.used, link.fresh = clock.monotonic(), False
            self._idle.append(link)
        else:
            link.close()
        self._free.release()

    def _take(self) -> Link:
        while self._idle:
            try:
                link = self._idle.pop()
            except IndexError:
                break
            if link.alive():
                return link
            link.close()
        return Link(self.address, self.seconds)

    def ask(self, head: bytes, body: Iterator[bytes], *, chunked: bool, repeatable: bool) -> Answer:
        """Send one request and return the answer as soon as its headers are in.

        A kept socket may have been closed in the very moment of sending; a request without body and effect is then sent
        once more on a new one. Raises Busy, Unreachable, Broken, TimedOut, or what reading the body raises.
        """
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            while True:
                link = self._take()
                try:
                    return Answer(link, self, link.send_all(head, body, chunked))
                except Broken as error:
                    link.close()
                    if not repeatable or link.fresh or isinstance(error, TimedOut):
                        raise
                except BaseException:
                    link.close()
                    raise
        except BaseException:
            self._free.release()
            raise
