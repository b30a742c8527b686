"""What other services may ask of filing."""

from contracts import words
from contracts.fields import Day, Instant, Reference, Text
from contracts.registry import EventType, command


@command("filing.supervise_order")
class SuperviseOrder(EventType):
    """Put a supervising order (督办) before the handler of a case."""

    order_id = Text("Id of the order at supervision.")
    order_no = Text("Number of the order.")
    kind = Text("Kind of order.", one_of=words.ORDER_KINDS)
    case_id = Text("Case.")
    case_no = Text("Number of the case.")
    target_org = Text("Organisation that has to act.")
    content = Text("What is to be done.")
    issued_at = Instant("When.")
    issued_by = Reference("Who; service:supervision when issued of itself.")
    due = Day("Last day for acting.")
