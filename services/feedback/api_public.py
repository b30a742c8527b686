"""HTTP interface of what feedback makes public: selected answers, the column 曝光纠错, the robot."""

from typing import Any

from flask_smorest import Blueprint

from chassis import etag
from chassis.auth import Public, Staff, allow
from chassis.idempotency import idempotent
from chassis.paging import page, page_schema
from services.feedback import exposures, letters, publications, robot
from services.feedback import schemas_public as schemas
from services.feedback.models import Exposure, PublicAnswer

columns = Blueprint("feedback-columns", __name__, description="信件答复、曝光纠错、问答机器人 public answers")

OFFICE = Staff("service_office")


def _tagged(row: Any) -> Any:
    etag.set(row)
    return row


# --- published answers ----------------------------------------------------------------------------------------------


@columns.post("/letters/<letter_no>/public-answer")
@allow(Staff("letters_handler"))
@idempotent
@columns.arguments(schemas.PublicAnswerIn)
@columns.response(201, schemas.PublicAnswerOut)
def publish_answer(body: dict[str, Any], letter_no: str) -> Any:
    """Publish an answered consultation or suggestion (信件答复, FEE-29)"""
    return _tagged(publications.publish(letter_no, **body))


@columns.post("/public-answers/<answer_id>/withdrawal")
@allow(Staff("letters_handler", "unit_leader"))
@columns.arguments(schemas.ReasonIn)
@columns.response(200, schemas.PublicAnswerOut)
def withdraw_answer(body: dict[str, Any], answer_id: str) -> Any:
    """Take a published answer back (FEE-29)"""
    return _tagged(publications.withdraw(answer_id, body["reason"]))


@columns.get("/public-answers")
@allow(Public())
@columns.arguments(schemas.PublicAnswerArgs, location="query")
@columns.response(200, page_schema(schemas.PublicAnswerOut))
def list_answers(arguments: dict[str, Any]) -> Any:
    """Published answers, newest first (FEE-29)"""
    query = publications.published(*(arguments[name] for name in ("kind", "org", "item_code")))
    return page(query, [PublicAnswer.published_at], limit=arguments["limit"], cursor=arguments["cursor"])


@columns.get("/public-answers/<answer_id>")
@allow(Public())
@columns.response(200, schemas.PublicAnswerOut)
def get_answer(answer_id: str) -> Any:
    """One published answer (FEE-29)"""
    return _tagged(PublicAnswer.get_or_refuse(answer_id, PublicAnswer.state == "published"))


# --- difficulties ---------------------------------------------------------------------------------------------------


@columns.post("/letters/<letter_no>/exposure")
@allow(OFFICE)
@idempotent
@columns.arguments(schemas.ExposureIn)
@columns.response(201, schemas.ExposureFileOut)
def expose(body: dict[str, Any], letter_no: str) -> Any:
    """Make a difficulty public (曝光纠错, GW-12)"""
    return _tagged(exposures.expose(letter_no, **body))


@columns.get("/letters/<letter_no>/exposure")
@allow(Staff("letters_handler", "unit_leader", "service_office", "auditor"))
@columns.response(200, schemas.ExposureFileOut)
def get_exposure_file(letter_no: str) -> Any:
    """What became of the difficulty of a letter, result and remark included (GW-12)"""
    return _tagged(Exposure.get_or_refuse(Exposure.letter_id == letters.read(letter_no).id))


@columns.post("/exposures/<exposure_id>/result")
@allow(Staff("letters_handler"))
@columns.arguments(schemas.ResultIn)
@columns.response(200, schemas.ExposureFileOut)
def report_result(body: dict[str, Any], exposure_id: str) -> Any:
    """Say what was put right (GW-12)"""
    return _tagged(exposures.report(exposure_id, body["result"]))


@columns.post("/exposures/<exposure_id>/confirmation")
@allow(OFFICE)
@columns.response(200, schemas.ExposureFileOut)
def confirm_result(exposure_id: str) -> Any:
    """Confirm the result, which becomes public (GW-12)"""
    return _tagged(exposures.confirm(exposure_id))


@columns.post("/exposures/<exposure_id>/return")
@allow(OFFICE)
@columns.arguments(schemas.RemarkIn)
@columns.response(200, schemas.ExposureFileOut)
def send_back(body: dict[str, Any], exposure_id: str) -> Any:
    """Send the result back to the unit (GW-12)"""
    return _tagged(exposures.send_back(exposure_id, body["remark"]))


@columns.get("/exposures")
@allow(Public())
@columns.arguments(schemas.ExposureArgs, location="query")
@columns.response(200, page_schema(schemas.ExposureOut))
def list_exposures(arguments: dict[str, Any]) -> Any:
    """The column: difficulties with their handling results, newest first (GW-12)"""
    query = Exposure.select()
    if arguments["org"]:
        query = query.where(Exposure.org == arguments["org"])
    if arguments["state"]:
        query = query.where(Exposure.state == arguments["state"])
    return page(query, [Exposure.exposed_at], limit=arguments["limit"], cursor=arguments["cursor"])


@columns.get("/exposures/<exposure_id>")
@allow(Public())
@columns.response(200, schemas.ExposureOut)
def get_exposure(exposure_id: str) -> Any:
    """One difficulty with its handling result (GW-12)"""
    return _tagged(exposures.get(exposure_id))


# --- the question robot ---------------------------------------------------------------------------------------------


@columns.post("/questions")
@allow(Public())
@columns.arguments(schemas.QuestionIn)
@columns.response(200, schemas.RobotOut)
def ask_robot(body: dict[str, Any]) -> Any:
    """Ask the robot: guides and published answers with their sources, or that it does not know (FEE-29)"""
    return robot.ask(**body)
