"""HTTP interface of the annual assessment (年考核)."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.supervision import assessments, schemas
from services.supervision.models import Assessment

assessment = Blueprint("assessments", __name__, description="年考核 annual assessment")

ASSESSOR = Staff("service_office")


@assessment.get("/assessments")
@allow(ASSESSOR, Staff("auditor"))
@assessment.arguments(PageArgs, location="query")
@assessment.response(200, page_schema(schemas.AssessmentOut))
def list_assessments(arguments: dict[str, Any]) -> Any:
    """The assessments of the years, latest first (SUP-07)"""
    if not actor().has_role("auditor"):
        assessments.require_city_office()
    return page(Assessment.select(), [Assessment.year], limit=arguments["limit"], cursor=arguments["cursor"])


@assessment.post("/assessments")
@allow(ASSESSOR)
@idempotent
@assessment.arguments(schemas.AssessmentIn)
@assessment.response(201, schemas.AssessmentOut)
def begin_assessment(body: dict[str, Any]) -> Any:
    """Open the assessment of a year (SUP-07)"""
    return assessments.begin(**body)


@assessment.post("/assessments/<assessment_id>/checks")
@allow(ASSESSOR)
@idempotent
@assessment.arguments(schemas.CheckIn)
@assessment.response(201, schemas.AssessmentOut)
def check_office(body: dict[str, Any], assessment_id: str) -> Any:
    """Record a random check or the year-end check of an office (SUP-07)"""
    return assessments.check(assessment_id, **body)


@assessment.post("/assessments/<assessment_id>/computation")
@allow(ASSESSOR)
@assessment.response(200, schemas.AssessmentOut)
def compute_scores(assessment_id: str) -> Any:
    """Compute the annual scores by the weights of the rule pack (SUP-07)"""
    return assessments.compute(assessment_id)


@assessment.post("/assessments/<assessment_id>/publication")
@allow(ASSESSOR)
@assessment.response(200, schemas.AssessmentOut)
def publish_scores(assessment_id: str) -> Any:
    """Publish the annual scores (SUP-07)"""
    return assessments.publish(assessment_id)
