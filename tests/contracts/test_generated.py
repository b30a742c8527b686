"""Generated files are fresh, keep what was published, and the checker notices each kind of break."""

import copy
import json

import pytest
import yaml

from contracts import generate
from contracts.compat import incompatibilities
from contracts.envelope import all_types
from contracts.events import filing

PUBLISHED = sorted(generate.PUBLISHED.glob("*.json"))


def test_nothing_generated_from_the_contracts_is_stale():
    assert generate.stale(generate.contract_files(), ("events",)) == []


def test_stale_missing_and_left_over_files_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "GENERATED", tmp_path / "generated")
    events = tmp_path / "generated" / "events"
    events.mkdir(parents=True)
    (events / "gone.v1.json").write_text("{}")
    (events / "old.v1.json").write_text("{}")
    files = {events / "old.v1.json": "new", events / "missing.v1.json": "new"}
    names = generate.stale(files, ("events",))
    assert [name.rpartition("/")[2] for name in names] == ["gone.v1.json", "missing.v1.json", "old.v1.json"]
    generate.write(files, ("events",))
    assert generate.stale(files, ("events",)) == []


def test_the_command_names_stale_files_and_fails(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "GENERATED", tmp_path / "generated")
    assert generate.main(["--check"]) == 1
    assert "stale:" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_the_openapi_document_of_each_service_is_written(tmp_path, monkeypatch):
    (tmp_path / "services" / "demo").mkdir(parents=True)
    (tmp_path / "services" / "demo" / "service.py").write_text("")
    monkeypatch.setattr(generate, "ROOT", tmp_path / "contracts")
    monkeypatch.setattr(generate, "GENERATED", tmp_path / "contracts" / "generated")

    class Module:
        class service:
            @staticmethod
            def openapi():
                return {"openapi": "3.1.0", "info": {"title": "演示"}}

    monkeypatch.setattr(generate.importlib, "import_module", lambda name: {"services.demo.service": Module}[name])
    ((path, text),) = generate.openapi_files().items()
    assert path.name == "demo.yaml"
    assert yaml.safe_load(text)["info"]["title"] == "演示"


def test_every_published_type_has_its_baseline():
    assert {path.name for path in PUBLISHED} == {
        f"{name}.v{declared.version}.json" for name, declared in all_types().items() if declared.published
    }


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_a_schema_keeps_what_was_published(path):
    new = generate.GENERATED / "events" / path.name
    assert incompatibilities(json.loads(path.read_text("utf-8")), json.loads(new.read_text("utf-8"))) == []


OLD = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "mode": {"type": "string", "enum": ["ordinary", "commit"]},
        "level": {"type": "integer", "minimum": 1},
        "note": {"type": ["string", "null"]},
        "points": {
            "type": "array",
            "items": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
        },
    },
    "required": ["id"],
}


def changed(change):
    new = copy.deepcopy(OLD)
    change(new)
    return incompatibilities(OLD, new)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda new: new["properties"].pop("note"), "note: removed"),
        (lambda new: new["required"].append("mode"), "mode: newly required"),
        (lambda new: new["properties"]["level"].update(type="string"), "level: type changed from integer to string"),
        (lambda new: new["properties"]["id"].update(type=["string", "null"]), "id: type changed"),
        (lambda new: new["properties"]["mode"].update(enum=["ordinary"]), "mode: words removed: commit"),
        (lambda new: new["properties"]["note"].update(enum=["a"]), "note: is now limited"),
        (lambda new: new["required"].remove("id"), "id: no longer certain"),
        (lambda new: new["properties"]["id"].update(pattern="^x"), "id: pattern changed"),
        (lambda new: new["properties"]["level"].update(minimum=2), "level: minimum tightened to 2"),
        (lambda new: new["properties"]["level"].update(maximum=9), "level: maximum tightened to 9"),
        (lambda new: new["properties"]["points"]["items"]["properties"].pop("code"), "points[].code: removed"),
        (lambda new: new["properties"]["points"]["items"].update(type="string"), "points[]: type changed"),
    ],
)
def test_the_checker_names_each_kind_of_break(change, said):
    assert any(said in fault for fault in changed(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new["properties"].update(extra={"type": "string"}),
        lambda new: new["properties"]["mode"]["enum"].append("green"),
        lambda new: new["properties"]["level"].pop("minimum"),
        lambda new: new["properties"]["id"].update(description="another sentence"),
    ],
)
def test_the_checker_lets_additions_through(change):
    assert changed(change) == []


def test_a_baseline_is_not_overwritten_by_what_breaks_it(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "PUBLISHED", tmp_path)
    assert generate.publish() == []
    path = tmp_path / "filing.case.viewed.v1.json"
    promised = json.loads(path.read_text("utf-8"))
    promised["properties"]["mood"] = {"type": "string"}
    path.write_text(json.dumps(promised))
    assert generate.publish() == ["filing.case.viewed.v1.json: mood: removed"]
    assert generate.main(["--publish"]) == 1
    assert "mood" in path.read_text("utf-8")


def test_the_schema_says_what_the_field_says():
    schema = generate.json_schema(filing.CaseCompleted)
    assert schema["additionalProperties"] is True
    assert schema["properties"]["decision"]["enum"] == ["granted", "refused"]
    assert schema["properties"]["completed_at"]["format"] == "date-time"
    assert schema["properties"]["commitment_due"]["type"] == ["string", "null"]
    assert "commitment_due" not in schema["required"]
    assert schema["properties"]["case_no"]["pattern"] == r"^\d{18,20}$"
    assert schema["properties"]["result"]["properties"]["valid_to"]["format"] == "date"
    assert schema["properties"]["material_refs"]["items"]["properties"]["files"]["type"] == "array"


def test_the_asyncapi_document_names_every_sender_and_receiver():
    document = yaml.safe_load((generate.GENERATED / "asyncapi.yaml").read_text("utf-8"))
    assert document["asyncapi"] == "3.0.0"
    assert "filing.send.filing.case.completed" in document["operations"]
    assert document["operations"]["credit.receive.filing.commitment.lapsed"]["action"] == "receive"
    for message in document["components"]["messages"].values():
        for part in message["payload"]["allOf"]:
            reference = part.get("$ref") or part["properties"]["data"]["$ref"]
            assert (generate.GENERATED / reference).exists()
