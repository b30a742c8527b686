"""Who is charged for a parcel: a district's own rule picks the budget, the citizen never pays for a result (FIL-61)."""

from collections.abc import Iterator
from typing import Any

from chassis.auth import actor
from services.notifier import access
from services.notifier.models import Org, PayerRule, database

SERVICE_OFFICE = "service_office"


def account(payer: str, payer_org: str | None) -> tuple[str, str]:
    """The contract with the courier and the organisation that is billed; without a rule, the payer itself."""
    if payer == "applicant":
        return payer, payer
    for code in _upwards(payer_org) if payer == "district" else (SERVICE_OFFICE,):
        rule = PayerRule.get_or_none(PayerRule.payer == code)
        if rule is not None:
            return rule.account, rule.billed_org
    return payer_org or payer, payer_org or payer


def decide(payer: str, contract: str, billed_org: str) -> Any:
    """Set the rule of a district, by its own office too, or of the service office."""
    if not actor().has_role("service_office", payer):
        access.require_hall_wide()
    if payer != SERVICE_OFFICE:
        Org.get_or_refuse(Org.code == payer)
    Org.get_or_refuse(Org.code == billed_org)
    with database.transaction():
        row = PayerRule(payer=payer, account=contract, billed_org=billed_org, changed_by=actor().id)
        values = {field: getattr(row, field.name) for field in PayerRule._meta.sorted_fields}
        changed = [PayerRule.account, PayerRule.billed_org, PayerRule.changed_by, PayerRule.updated_at]
        PayerRule.insert(values).on_conflict(conflict_target=[PayerRule.payer], preserve=changed).execute()
    return PayerRule.get(PayerRule.payer == payer)


def _upwards(code: str | None) -> Iterator[str]:
    """An organisation and those above it, the nearest first."""
    seen: set[str] = set()
    while code and code not in seen:
        seen.add(code)
        yield code
        known = Org.get_or_none(Org.code == code)
        code = known.parent if known else None
