"""Wires the filing service: api, handlers, due work."""

from chassis.service import Service
from contracts.commands import filing as commands
from contracts.events import catalog, credit, feedback, notifier, supervision
from services.filing import (
    api,
    api_backoffice,
    api_documents,
    api_material,
    clocks,
    commitments,
    corrections,
    decisions,
    duties,
    handlers,
    instant,
    intake,
    parallel,
    printing,
    pushes,
    refunds,
    revocations,
    samecity,
    uploads,
)
from services.filing.models import database

blueprints = (*api.blueprints, api_material.giving, api_documents.papers_, api_backoffice.backoffice)
service = Service("filing", database=database, api=blueprints, title="申报与办件 Filing")
service.at_start(printing.say_what_is_missing)

service.on(catalog.ItemPublished)(handlers.item_changed)
service.on(catalog.ItemChanged)(handlers.item_changed)
service.on(catalog.ItemRetired)(handlers.item_retired)
service.on(catalog.OrgChanged)(handlers.org_changed)
service.follow_calendar(catalog.CalendarYearPublished)
service.on(catalog.CalendarYearPublished)(handlers.year_published)

service.on(credit.SubjectListed)(handlers.subject_listed)
service.on(credit.SubjectUpgraded)(handlers.subject_listed)
service.on(credit.SubjectRestored)(handlers.subject_restored)
service.on(credit.RestrictionStarted)(handlers.restriction_started)
service.on(credit.RestrictionEnded)(handlers.restriction_ended)
service.on(credit.RecordDeleted)(handlers.record_deleted)

service.on(supervision.RectificationFailed)(handlers.rectification_failed)
service.on(supervision.PushAcknowledged)(handlers.push_acknowledged)
service.on(supervision.RevocationProposed)(handlers.revocation_proposed)
service.on(supervision.FindingReported)(handlers.finding_reported)
service.on(supervision.OrderIssued)(handlers.order_issued)
service.on(commands.SuperviseOrder)(handlers.order_issued)
for change in (
    supervision.TaskCreated,
    supervision.TaskStarted,
    supervision.TaskPassed,
    supervision.TaskStartOverdue,
    supervision.TaskFinishOverdue,
    supervision.TaskCancelled,
    supervision.RectificationOrdered,
    supervision.RectificationPassed,
    supervision.RectificationFailed,
):
    service.on(change)(handlers.task_changed)

service.on(notifier.SmsSent)(handlers.sms_sent)
service.on(notifier.ShipmentOrdered)(handlers.shipment_ordered)
service.on(notifier.ShipmentDelivered)(handlers.shipment_delivered)
service.on(notifier.ShipmentReturned)(handlers.shipment_returned)
service.on(notifier.ShipmentFailed)(handlers.shipment_failed)

service.on(feedback.RatingSubmitted)(handlers.rated)
service.on(feedback.RatingDefaulted)(handlers.rated)

service.due("correction_notice")(intake.lapse)
service.due("resubmission_check")(intake.lapse)
service.due("correction")(corrections.lapse)
service.due("instant")(instant.decide)
service.due("originals")(decisions.refuse_by_lapse)
service.due("view_warning")(samecity.warn)
service.due("view_sent_fallback")(samecity.assume_sent)
service.due("view_overdue")(samecity.mark_overdue)
service.due("paper_transfer")(samecity.paper_overdue)
service.due("commitment")(commitments.lapse)
service.due("commitment_reminder")(commitments.remind)
service.due("collateral_notice")(revocations.collateral_due)
service.due("defence")(revocations.remind_decider)
service.due("parallel")(parallel.mark_overdue)
service.due("push")(pushes.repeat)
service.due("duties")(duties.remind)
for light in clocks.LIGHTS:
    service.due(light)(clocks.overdue)
for near in clocks.WARNED:
    service.due(f"{near}_warning")(clocks.warn)
service.loop("clean-up", pause=600.0)(uploads.sweep)
service.loop("refunds", pause=5.0)(refunds.carry_out)
