"""RabbitMQ: kombu / py-amqp publishes (confirms, many in flight), pika consumes (an I/O thread and a worker thread).

Two clients, because each has what the other lacks: py-amqp takes ack, nack and return callbacks in public, so that 200
messages can be in flight; pika has `add_callback_threadsafe`, so that slow handlers and heartbeats get along.
"""

import socket
import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

import amqp
import pika
from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import OperationalError
from pika.exceptions import AMQPError as PikaError

from chassis import clock
from chassis.bus import PREFETCH, BusDown, Delivery, Message, Outcome, Parked, name_of
from chassis.bus.embedded import delivery_limit
from contracts import topology as shape
from contracts.envelope import CONTENT_TYPE
from contracts.topology import Queue, Topology

IN_FLIGHT = 200
CONFIRM_SECONDS = 10.0
CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 10  # a peer that vanished without a word is noticed after two of them
PERSISTENT = 2

_TROUBLE = (OSError, AMQPError, OperationalError)


class RabbitBus:
    """The bus of one process. The publishing side belongs to one thread (the relay's)."""

    def __init__(self, url: str, topology: Topology | None = None):
        self.url = url
        self.topology = topology or shape.build()
        self.reconnects = 0
        self._connection: Any = None
        self._channel: Any = None
        self._tag = 0
        self._in_flight: dict[int, int] = {}
        self._outcomes: list[Outcome] = []
        self._ids: dict[str, int] = {}
        self._blocked = False

    # --- topology ---------------------------------------------------------------------------------------------

    def declare(self) -> None:
        """Declare everything on a connection of its own; repeatable."""
        try:
            with self._dial() as connection:
                self._declare(connection.default_channel)
        except _TROUBLE as error:
            raise BusDown(f"declaring the topology: {error}") from error

    def _declare(self, channel: Any) -> None:
        for exchange in self.topology.exchanges:
            arguments = {"alternate-exchange": exchange.alternate} if exchange.alternate else None
            channel.exchange_declare(exchange.name, exchange.kind, durable=True, auto_delete=False, arguments=arguments)
        for queue in self.topology.queues:
            channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=self._arguments(queue))
        for binding in self.topology.bindings:
            channel.queue_bind(binding.queue, binding.exchange, binding.key)

    def _arguments(self, queue: Queue) -> dict[str, Any]:
        """The fixed nature of a queue.

        The delivery limit is an argument although limits belong into policies: setting a policy needs rabbitmqctl or
        the management plugin, which a hall may not reach, and without a limit an event that kills its process would
        come back for ever. RabbitMQ uses the smaller of argument and policy, so operators can still lower it.
        """
        arguments: dict[str, Any] = {"x-queue-type": "quorum"}
        if queue.dead_letter_to:
            arguments |= {
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": queue.dead_letter_to,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",  # at-least-once asks for it
            }
            if queue.ttl_ms:
                arguments["x-message-ttl"] = queue.ttl_ms
            else:
                arguments["x-delivery-limit"] = delivery_limit(self.topology)
        return arguments

    # --- publishing -------------------------------------------------------------------------------------------

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send with at most 200 in flight and wait for every answer, 10 s at most; then the connection is dropped."""
        outcomes: list[Outcome] = []
        for start in range(0, len(messages), IN_FLIGHT):
            window = messages[start : start + IN_FLIGHT]
            try:
                outcomes += self._window(window)
            except BusDown:
                if not outcomes:
                    raise
                outcomes += [Outcome.UNKNOWN] * len(window)
        return outcomes

    def _window(self, window: Sequence[Message]) -> list[Outcome]:
        channel = self._open()
        if self._blocked:
            self.tick()
            if self._blocked:
                raise BusDown("the broker takes nothing now (connection.blocked)")
        self._outcomes = [Outcome.UNKNOWN] * len(window)
        self._ids.clear()
        self._in_flight.clear()
        try:
            with _together(self._connection.connection.sock, len(window)):
                for index, message in enumerate(window):
                    self._tag += 1
                    self._in_flight[self._tag] = index
                    self._ids[message.id] = index
                    channel.basic_publish(_sealed(message), message.exchange, message.routing_key, True)
            self._wait(clock.monotonic() + CONFIRM_SECONDS)
        except _TROUBLE as error:
            answered = len(self._in_flight) < len(window)
            self._drop()
            if not answered:
                raise BusDown(f"publishing: {error!r}") from error
        return self._outcomes

    def _wait(self, deadline: float) -> None:
        while self._in_flight:
            if clock.monotonic() > deadline:
                raise TimeoutError(f"no confirm for {len(self._in_flight)} messages in {CONFIRM_SECONDS:g} s")
            with suppress(socket.timeout):
                self._connection.connection.drain_events(timeout=1.0)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._answered(tag, multiple, Outcome.CONFIRMED)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._answered(tag, multiple, Outcome.NACKED)

    def _answered(self, tag: int, multiple: bool, outcome: Outcome) -> None:
        tags = [t for t in self._in_flight if t <= tag] if multiple else [tag]
        for answered in tags:
            index = self._in_flight.pop(answered, None)
            if index is not None and self._outcomes[index] is Outcome.UNKNOWN:  # a return comes before its ack
                self._outcomes[index] = outcome

    def _on_return(self, error: Exception, exchange: str, routing_key: str, message: Any) -> None:
        index = self._ids.get(message.properties.get("message_id"))
        if index is not None:
            self._outcomes[index] = Outcome.RETURNED

    def _dial(self) -> Any:
        """A new connection, or the error at once: waiting and trying again is the relay's business."""
        connection = Connection(
            self.url,
            heartbeat=HEARTBEAT_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            transport_options={
                "read_timeout": CONFIRM_SECONDS,
                "write_timeout": CONFIRM_SECONDS,
                "on_blocked": self._on_blocked,
                "on_unblocked": self._on_unblocked,
            },
        )
        return connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)

    def _open(self) -> Any:
        """The confirming channel; a new connection declares the topology before anything is published."""
        if self._channel is not None:
            return self._channel
        try:
            self._connection = self._dial()
            self._declare(self._connection.default_channel)
            raw = self._connection.connection
            # py-amqp would read the socket before each single publish to look for connection.blocked; `_wait` and
            # `tick` read it anyway.
            raw.client_properties = {**raw.client_properties, "capabilities": {}}
            channel = raw.channel()
            channel.confirm_select()
            channel.events["basic_ack"].add(self._on_ack)
            channel.events["basic_nack"].add(self._on_nack)
            channel.events["basic_return"].add(self._on_return)
        except _TROUBLE as error:
            self._drop()
            raise BusDown(f"connecting: {error}") from error
        self._channel, self._tag, self._blocked = channel, 0, False
        self.reconnects += 1
        return channel

    def _drop(self) -> None:
        connection, self._connection, self._channel, self._blocked = self._connection, None, None, False
        if connection is not None:
            with suppress(*_TROUBLE):
                connection.collect(socket_timeout=0.1)

    def _on_blocked(self, reason: str) -> None:
        self._blocked = True

    def _on_unblocked(self) -> None:
        self._blocked = False

    def ready(self) -> bool:
        """Whether the publishing side is connected and not blocked."""
        return self._channel is not None and not self._blocked

    def sockets(self) -> list[int]:
        """The AMQP socket, while connected."""
        return [self._connection.connection.sock.fileno()] if self._channel is not None else []

    def tick(self) -> None:
        """Read what the broker says and send a heartbeat when one is due; connects when there is no connection."""
        self._open()
        try:
            raw = self._connection.connection
            while True:
                try:
                    raw.drain_events(timeout=0)
                except TimeoutError:
                    break
            self._connection.heartbeat_check()
        except _TROUBLE as error:
            self._drop()
            raise BusDown(f"keeping the connection: {error!r}") from error

    def close(self) -> None:
        """Close the publishing connection."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(*_TROUBLE):
                connection.release()

    # --- consuming --------------------------------------------------------------------------------------------

    def subscribe(self, service: str, prefetch: int = PREFETCH) -> "RabbitSubscription":
        """Consume the service's queue on an own connection."""
        self.declare()
        return RabbitSubscription(self.url, service, prefetch)

    # --- parked -----------------------------------------------------------------------------------------------

    def parked(self, service: str, limit: int = 100) -> list[Parked]:
        """What was set aside, oldest first. While one looks, another sees an empty queue."""
        with self._visit() as channel:
            return [_parked(service, properties, body) for _, properties, body in _got(channel, service, limit)]

    def replay(self, service: str, ids: Collection[str] | None = None) -> int:
        """Into the service's queue again, confirmed, then removed here."""
        done = 0
        with self._visit() as channel:
            channel.confirm_delivery()
            for tag, properties, body in _got(channel, service):
                if ids is None or name_of(properties.message_id, body) in ids:
                    plain = _properties(properties.message_id, {})
                    channel.basic_publish("", shape.inbox(service), body, plain, mandatory=True)
                    channel.basic_ack(tag)
                    done += 1
        return done

    def drop(self, service: str, ids: Collection[str]) -> int:
        """Throw parked events away."""
        done = 0
        with self._visit() as channel:
            for tag, properties, body in _got(channel, service):
                if name_of(properties.message_id, body) in ids:
                    channel.basic_ack(tag)
                    done += 1
        return done

    def depths(self, service: str) -> dict[str, int]:
        """How many wait in the service's queues."""
        with self._visit() as channel:
            return {
                queue.name: channel.queue_declare(queue.name, passive=True).method.message_count
                for queue in self.topology.queues_of(service)
            }

    @contextmanager
    def _visit(self) -> Iterator[Any]:
        """A short visit by pika; what it took and did not settle goes back when it leaves."""
        try:
            connection = pika.BlockingConnection(_parameters(self.url))
        except (PikaError, OSError) as error:
            raise BusDown(f"connecting: {error!r}") from error
        try:
            yield connection.channel()
        except (PikaError, OSError) as error:
            raise BusDown(repr(error)) from error
        finally:
            with suppress(PikaError, OSError):
                connection.close()


class RabbitSubscription:
    """One connection, read by an I/O thread that hands whole batches to the worker thread.

    It starts with one event in hand at a time and opens up when the first event comes that nobody died of: so an
    event that kills its process takes no others with it towards the delivery limit.
    """

    def __init__(self, url: str, service: str, prefetch: int):
        self.service, self.prefetch = service, prefetch
        self._ready: deque[Delivery] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._active = False
        self._woken = False
        self._error: BaseException | None = None
        self._connection: Any = None
        self._channel: Any = None
        self._copies: Any = None
        self._arrived: list[Delivery] = []
        self._trusting = prefetch == 1
        self._url = url
        self._thread = threading.Thread(target=self._run, name=f"{service}-amqp", daemon=True)
        self._thread.start()

    # --- the worker's side ------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether the broker knows us as a consumer."""
        return self._active and self._error is None and not self._closing

    def take(self, limit: int, timeout: float) -> list[Delivery]:
        """What already waits; one that had deaths comes alone."""
        with self._changed:
            if not self._ready and self._error is None and not self._woken:
                self._changed.wait(timeout)
            self._woken = False
            if self._error is not None:
                raise BusDown(f"consuming: {self._error!r}")
            taken: list[Delivery] = []
            while self._ready and len(taken) < limit:
                if self._ready[0].deaths:
                    return taken or [self._ready.popleft()]
                taken.append(self._ready.popleft())
            return taken

    def holds(self, deliveries: Sequence[Delivery]) -> bool:
        """Whether the connection they came on still stands."""
        return self._error is None and not self._closing

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """One acknowledgement for all, given by the I/O thread."""
        tag = deliveries[-1].tag
        with suppress(PikaError, OSError):
            self._connection.add_callback_threadsafe(lambda: self._ack(tag))

    def retry(self, delivery: Delivery, queue: str, error: str) -> None:
        """A confirmed copy in the retry queue."""
        self._copy(delivery, queue, {"x-attempt": delivery.attempt + 1, "x-error": error[:1000]})

    def park(self, delivery: Delivery, reason: str, error: str) -> None:
        """A confirmed copy in the parked queue."""
        headers = {
            "x-attempt": delivery.attempt,
            "x-reason": reason,
            "x-error": error[:1000],
            "x-parked-at": clock.wall().isoformat(),
        }
        self._copy(delivery, shape.parked(self.service), headers)

    def _copy(self, delivery: Delivery, queue: str, headers: dict[str, Any]) -> None:
        done: Future[None] = Future()

        def publish() -> None:
            try:
                if self._copies is None:
                    self._copies = self._connection.channel()
                    self._copies.confirm_delivery()
                properties = _properties(delivery.id, headers)
                self._copies.basic_publish("", queue, delivery.body, properties, mandatory=True)
                done.set_result(None)
            except BaseException as error:
                self._copies = None
                done.set_exception(error)

        try:
            self._connection.add_callback_threadsafe(publish)
            done.result(timeout=CONFIRM_SECONDS + CONNECT_SECONDS)
        except (PikaError, OSError, TimeoutError) as error:
            raise BusDown(f"copying to {queue}: {error!r}") from error

    def wake(self) -> None:
        """Make a waiting `take` return."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Cancel, send the acknowledgements given so far, disconnect; the rest is delivered again."""
        self._closing = True
        connection = self._connection
        if connection is not None:
            with suppress(PikaError, OSError):
                connection.add_callback_threadsafe(lambda: None)
        self._thread.join(CONNECT_SECONDS)

    # --- the I/O thread's side --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._connection = connection = pika.BlockingConnection(_parameters(self._url))
            self._channel = connection.channel()
            self._channel.add_on_cancel_callback(self._cancelled)
            tag = self._consume(self.prefetch if self._trusting else 1)
            self._active = True
            while not self._closing:
                connection.process_data_events(time_limit=1.0)
                if not self._arrived:
                    continue
                arrived, self._arrived = self._arrived, []
                with self._changed:
                    self._ready.extend(arrived)
                    self._changed.notify()
                if not self._trusting and not arrived[0].deaths:
                    self._trusting = True
                    self._channel.basic_cancel(tag)
                    tag = self._consume(self.prefetch)
            self._channel.basic_cancel(tag)
            connection.process_data_events(time_limit=0)
            connection.close()
        except BaseException as error:
            self._fail(error)
            if self._connection is not None:
                with suppress(Exception):
                    self._connection.close()

    def _consume(self, prefetch: int) -> str:
        self._channel.basic_qos(prefetch_count=prefetch)
        return self._channel.basic_consume(shape.inbox(self.service), self._deliver)

    def _deliver(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        headers = properties.headers or {}
        self._arrived.append(
            Delivery(
                properties.message_id or "",
                body,
                _whole(headers.get("x-attempt"), 1),
                _whole(headers.get("x-delivery-count"), 0),
                method.delivery_tag,
            )
        )

    def _ack(self, tag: int) -> None:
        with suppress(PikaError):  # a dead channel: the events come again and the inbox knows them
            self._channel.basic_ack(tag, multiple=True)

    def _cancelled(self, method: Any) -> None:
        self._fail(ConnectionError("the broker cancelled the consumer"))

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            if not self._closing:
                self._error = error
            self._ready.clear()
            self._changed.notify_all()


@contextmanager
def _together(sock: socket.socket, number: int) -> Iterator[None]:
    """Let the kernel send several messages as one, where it can: it saves both sides much waking up."""
    if number < 2 or not hasattr(socket, "TCP_CORK"):
        yield
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    try:
        yield
    finally:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def _sealed(message: Message) -> amqp.Message:
    properties: dict[str, Any] = {
        "content_type": CONTENT_TYPE,
        "delivery_mode": PERSISTENT,
        "message_id": message.id,
    }
    if message.traceparent:
        properties["application_headers"] = {"traceparent": message.traceparent}
    return amqp.Message(message.body, **properties)


def _properties(message_id: str | None, headers: dict[str, Any]) -> pika.BasicProperties:
    return pika.BasicProperties(
        content_type=CONTENT_TYPE, delivery_mode=PERSISTENT, message_id=message_id or None, headers=headers or None
    )


def _parameters(url: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    parameters.heartbeat = HEARTBEAT_SECONDS
    parameters.socket_timeout = CONNECT_SECONDS
    parameters.stack_timeout = CONNECT_SECONDS * 2
    parameters.blocked_connection_timeout = None
    return parameters


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value >= 0 else default


def _got(channel: Any, service: str, limit: int | None = None) -> Iterator[tuple[int, Any, bytes]]:
    """Take what is there now, one by one, without settling it."""
    queue = shape.parked(service)
    for _ in range(10):  # what the viewer before has just left takes a moment to be back
        present = channel.queue_declare(queue, passive=True).method.message_count
        if present:
            break
        channel.connection.sleep(0.05)
    for _ in range(present if limit is None else min(present, limit)):
        method, properties, body = channel.basic_get(queue)
        if method is None:
            return
        yield method.delivery_tag, properties, body


def _parked(service: str, properties: Any, body: bytes) -> Parked:
    headers = properties.headers or {}
    reason, error = headers.get("x-reason"), headers.get("x-error", "")
    parked_at = headers.get("x-parked-at")
    if reason is None:  # not by us: the broker's dead-lettering says why
        deaths = headers.get("x-death") or [{}]
        reason = str(deaths[0].get("reason", "unknown"))
        moment = deaths[0].get("time")
        parked_at = moment.isoformat() if moment is not None else None
        error = "the process died again and again with this event in hand" if reason == "delivery_limit" else ""
    attempts = _whole(headers.get("x-attempt"), 1)
    return Parked(name_of(properties.message_id, body), service, reason, error, attempts, parked_at, body)
