"""The servers of the tests: real ones, durable across kills, brought by whatever way the machine has."""

import subprocess
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pika
import pytest

from tests.harness import postgres, provide, rabbitmq
from tests.harness.processes import eventually
from tests.harness.proxy import Proxy


@pytest.mark.system
class TestPostgres:
    def test_what_was_committed_survives_a_kill(self, postgres_server: postgres.PostgresServer) -> None:
        name = postgres_server.create_database().rpartition("/")[2]
        postgres_server.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)", name)
        postgres_server.kill()
        with pytest.raises(RuntimeError):
            postgres_server.sql("SELECT 1", name)
        postgres_server.start_again()
        assert postgres_server.sql("SELECT n FROM kept", name) == "42"
        postgres_server.drop_database(name)

    @pytest.mark.parametrize("mode", ["smart", "fast", "immediate"])
    def test_every_stop_can_be_followed_by_a_start(self, postgres_server: postgres.PostgresServer, mode: str) -> None:
        port = postgres_server.port
        postgres_server.stop(mode)
        postgres_server.start_again()
        assert postgres_server.port == port
        assert postgres_server.sql("SHOW synchronous_commit; SHOW timezone").split() == ["on", "UTC"]

    def test_databases_are_apart(self, postgres_server: postgres.PostgresServer) -> None:
        one, two = (postgres_server.create_database().rpartition("/")[2] for _ in range(2))
        postgres_server.sql("CREATE TABLE mine (n int)", one)
        assert postgres_server.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'mine'", two) == "0"
        assert postgres_server.url(one, port=7).endswith(f":7/{one}")


@pytest.mark.system
class TestRabbit:
    def channel(self, url: str) -> Any:
        channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
        channel.confirm_delivery()
        return channel

    def test_a_confirmed_message_of_a_quorum_queue_survives_a_kill(
        self, rabbitmq_server: rabbitmq.RabbitServer
    ) -> None:
        url = rabbitmq_server.url(rabbitmq_server.create_vhost())
        channel = self.channel(url)
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        rabbitmq_server.sync()
        channel.basic_publish("", "kept", b"a case")
        rabbitmq_server.kill()
        rabbitmq_server.start_again()
        assert eventually(lambda: self.channel(url).basic_get("kept", auto_ack=True)[2]) == b"a case"

    def test_stop_and_app_stop_keep_messages(self, rabbitmq_server: rabbitmq.RabbitServer) -> None:
        url = rabbitmq_server.url(rabbitmq_server.create_vhost())
        channel = self.channel(url)
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "kept", b"one")
        rabbitmq_server.stop_app()
        with pytest.raises(pika.exceptions.AMQPConnectionError):
            self.channel(url)
        rabbitmq_server.start_app()
        rabbitmq_server.restart()
        assert eventually(lambda: self.channel(url).basic_get("kept", auto_ack=True)[2]) == b"one"

    def test_virtual_hosts_are_fresh_and_apart(self, rabbitmq_server: rabbitmq.RabbitServer) -> None:
        names = {rabbitmq_server.create_vhost() for _ in range(rabbitmq.POOL + 1)}
        assert len(names) == rabbitmq.POOL + 1
        assert names <= set(rabbitmq_server.rabbitmqctl("list_vhosts").splitlines())

    def test_released_virtual_hosts_go_with_the_next_batch(self, rabbitmq_server: rabbitmq.RabbitServer) -> None:
        used = rabbitmq_server.create_vhost()
        rabbitmq_server.release_vhost(used)
        for _ in range(rabbitmq.POOL):
            rabbitmq_server.create_vhost()
        assert used not in rabbitmq_server.rabbitmqctl("list_vhosts").splitlines()

    def test_a_proxy_can_stand_between(self, rabbitmq_server: rabbitmq.RabbitServer) -> None:
        with Proxy(rabbitmq_server.port) as wire:
            channel = self.channel(rabbitmq_server.url(rabbitmq_server.create_vhost(), port=wire.port))
            assert wire.cut() == 1
            with pytest.raises(pika.exceptions.AMQPError):
                channel.queue_declare("never")


def test_the_first_way_that_works_is_taken() -> None:
    assert provide.first_of("X", [("docker", lambda: None), ("installed", lambda: "server")]) == "server"


def test_a_way_that_breaks_is_passed_over() -> None:
    def broken() -> str:
        raise RuntimeError("no such image")

    assert provide.first_of("X", [("docker", broken), ("installed", lambda: "server")]) == "server"


def test_no_way_at_all_is_one_clear_line() -> None:
    def broken() -> str:
        raise RuntimeError("no such\nimage")

    with pytest.raises(provide.NoServer) as refusal:
        provide.first_of("PostgreSQL", [("docker", broken), ("installed", lambda: None)])
    assert str(refusal.value) == (
        "the tests need PostgreSQL and found no way to bring it (docker: no such image; installed: not available)"
    )


def test_packages_are_not_installed_without_the_right_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert provide.apt_install("postgresql") is False


def test_a_failing_apt_says_its_last_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(provide.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(provide, "services_kept_off", nullcontext)
    failed = subprocess.CompletedProcess([], 100, "", "W: slow\nE: no such package\n")
    monkeypatch.setattr(provide.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(provide.NoServer, match="apt-get update failed: E: no such package"):
        provide.apt_install("postgresql")


def test_start_scripts_are_refused_only_while_packages_are_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    with provide.services_kept_off(policy):
        assert subprocess.run([policy]).returncode == 101
    assert not policy.exists()
    policy.write_text("the machine's own")
    with provide.services_kept_off(policy):
        pass
    assert policy.read_text() == "the machine's own"


def test_the_newest_installed_version_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15", "14"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "postgres").touch()
    assert provide.binary("postgres", f"{tmp_path}/*") == tmp_path / "15" / "postgres"
    assert provide.binary("no-such-program") is None


class Engine:
    """Stands for a container and its engine; keeps what it was asked."""

    def __init__(self, answers: list[tuple[int, bytes]]):
        self.asked: list[Any] = []
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        def record(*arguments: Any, **options: Any) -> Any:
            self.asked.append((name, *arguments, *options.values()))
            return self

        return record

    def get_container_host_ip(self) -> str:
        return "localhost"

    def exec(self, command: list[str]) -> tuple[int, bytes]:
        self.asked.append(("exec", *command))
        return self.answers.pop(0)


def test_a_containers_postgres_keeps_its_port_and_takes_the_same_words() -> None:
    engine = Engine([(2, b"starting up"), (0, b"1\n"), (0, b""), (0, b"1")])
    server = postgres.ContainerPostgres(engine)
    assert ("with_bind_ports", 5432, server.port) in engine.asked
    assert server.create_database("a") == f"postgresql://postgres@127.0.0.1:{server.port}/a"
    server.restart()
    assert ("kill", "SIGINT") in engine.asked
    server.kill()
    assert ("kill", "SIGKILL") in engine.asked
    server.close()
    assert engine.asked[-1] == ("stop",)


def test_a_containers_rabbit_takes_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq.ContainerRabbit, "_greets", lambda self: True)
    engine = Engine([(0, b"ok"), (0, b"")])
    server = rabbitmq.ContainerRabbit(engine)
    assert server.url(server.create_vhost()).startswith(f"amqp://guest:guest@127.0.0.1:{server.port}/test-")
    server.sync()
    server.restart()
    assert ("kill", "SIGTERM") in engine.asked
    server.close()
    assert engine.asked[-1] == ("stop",)


def test_the_library_has_the_words_that_the_containers_use() -> None:
    from testcontainers.core.container import DockerContainer

    words = ["with_bind_ports", "with_env", "with_command", "with_volume_mapping", "start", "stop", "exec"]
    words += ["get_wrapped_container", "get_container_host_ip"]
    assert [word for word in words if not callable(getattr(DockerContainer, word, None))] == []
