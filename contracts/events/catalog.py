"""What the catalog reports: items, organisations, the working calendar, quotas."""

from contracts import words
from contracts.fields import Day, Flag, Instant, Many, Record, Reference, Text, Whole
from contracts.registry import SERVICES, EventType, event

EVERYBODY_ELSE = tuple(name for name in SERVICES if name != "catalog")
ITEM_CONSUMERS = ("filing", "booking", "supervision", "feedback")


class ItemEvent(EventType):
    """What consumers keep about a service item."""

    item_code = Text("Implementation code of the item.")
    item_version = Whole("Version of the guide.", least=1)
    item_name = Text("Name of the item.")
    parent_code = Text("Item above this one, absent for a main item.", optional=True)
    kind = Text("Case kind the item leads to.", one_of=words.KINDS)
    service_objects = Many("Who may apply.", Text("Kind of party.", one_of=words.SUBJECT_TYPES))
    region_code = Text("Region whose site lists it.")
    approving_org = Text("Organisation that decides (审批).")
    supervising_orgs = Many("Organisations that supervise (监管).", Text("Organisation code."))
    supervision_kind = Text("Supervision kind by which completed cases are sorted.", optional=True)
    supervision_points = Many(
        "What a commitment letter promises and verification checks, one by one.",
        Record(
            "One point.",
            {
                "code": Text("Code of the point within the item."),
                "promise": Text("What is promised.", optional=True),
                "check": Text("What is looked at.", optional=True),
                "standard": Text("When it passes.", optional=True),
                "way": Text("How it is verified.", optional=True),
            },
        ),
        optional=True,
    )
    halls = Many("Halls that handle the item.", Text("Hall code."), optional=True)
    switches = Record(
        "What is switched on.",
        {
            "online": Flag("Online filing (在线办理)."),
            "commit": Flag("Commit approval (承诺审批)."),
            "same_city": Flag("Same-city handling (同城通办)."),
            "bookable": Flag("Booking (网上预约)."),
            "express_in": Flag("Material by courier."),
            "express_out": Flag("Result by courier."),
            "instant": Flag("Decided by rules alone (秒批)."),
            "single_reviewer": Flag("One person accepts and decides (独任审核)."),
        },
    )
    limits = Record(
        "Time limits.",
        {
            "statutory": Whole("Statutory limit (法定办结时限)."),
            "committed": Whole("Committed limit (承诺办结时限)."),
            "commit": Whole("Limit of the commit approval, absent where it is off.", optional=True),
            "unit": Text("Unit of all of them.", one_of=("wd", "nd")),
        },
    )


@event("catalog.item.published", consumers=ITEM_CONSUMERS, readers=("gateway",))
class ItemPublished(ItemEvent):
    """An item is published for the first time."""

    effective_from = Day("First day on which cases may be filed under this version.")


@event("catalog.item.changed", consumers=ITEM_CONSUMERS, readers=("gateway",))
class ItemChanged(ItemEvent):
    """A later version of an item is in force."""

    effective_from = Day("First day on which cases may be filed under this version.")
    changes = Many("Names of the guide elements that changed.", Text("Element."))


@event("catalog.item.retired", consumers=ITEM_CONSUMERS, readers=("gateway",))
class ItemRetired(ItemEvent):
    """An item takes no new cases."""

    effective_to = Day("Last day on which cases may be filed.")
    reason = Text("Why.")


@event("catalog.org.changed", consumers=EVERYBODY_ELSE)
class OrgChanged(EventType):
    """An organisation, hall or window is new or has changed."""

    org_code = Text("Code of the organisation, such as TZJ049.")
    org_name = Text("Its name.")
    org_kind = Text("What it is.", one_of=words.ORG_KINDS)
    region_code = Text("Region it belongs to.")
    parent_code = Text("Organisation above it.", optional=True)
    deputy_leader_ref = Reference("Deputy leader (分管领导).", optional=True)
    unit_leader_ref = Reference("Unit leader (主要领导).", optional=True)
    run_by = Text("Organisation that runs the hall or staffs the window.", optional=True)
    item_codes = Many("Items that a window accepts; absent for one that takes any.", Text("Item code."), optional=True)
    queue_group = Text("Queue of the hall to which a window belongs.", optional=True)
    in_city_centre = Flag("Whether it sits in the city service centre, which pays its shipments.", optional=True)
    opens = Text("Opening time of a hall on working days.", pattern=r"^\d\d:\d\d$", optional=True)
    closes = Text("Closing time of a hall on working days.", pattern=r"^\d\d:\d\d$", optional=True)
    active = Flag("Whether it still exists.")


@event("catalog.calendar.year.published", consumers=SERVICES)
class CalendarYearPublished(EventType):
    """A year of the working calendar is set; open deadlines that touch it are computed again."""

    year = Whole("The year.", least=2000)
    year_status = Text("Whether the State Council's notice is in.", one_of=("official", "provisional"))
    holidays = Many(
        "Weekdays on which nobody works.",
        Record("One holiday.", {"date": Day("The day."), "holiday": Text("Which holiday.")}),
    )
    workdays = Many(
        "Weekend days on which everybody works (调休上班日).",
        Record("One make-up day.", {"date": Day("The day."), "holiday": Text("For which holiday.")}),
    )
    document_no = Text("Number of the notice, absent while provisional.", optional=True)


@event("catalog.supervision_standard.published", consumers=("supervision",))
class SupervisionStandardPublished(EventType):
    """The supervision standard (事中事后监管操作规程) of an item is in force."""

    item_code = Text("Item.")
    supervising_org = Text("Organisation whose standard it is.")
    standard_version = Whole("Version of the standard.", least=1)
    published_at = Instant("When.")


@event("catalog.booking_quota.changed", consumers=("booking",))
class BookingQuotaChanged(EventType):
    """The daily number of bookings of an item in a hall is set."""

    item_code = Text("Item.")
    item_name = Text("Name of the item.")
    hall_code = Text("Hall.")
    hall_name = Text("Name of the hall.")
    queue_group = Text("Queue of the hall that serves the item.")
    valid_from = Day("First day.")
    valid_until = Day("Last day, absent when open.", optional=True)
    daily_number = Whole("Bookings a day (每日可预约次数).")
    days = Text("Days on which the hall is open for them.", one_of=("working_days", "every_day"), optional=True)
    slots = Many(
        "Slots of a day.",
        Record(
            "One slot.",
            {
                "from": Text("Start.", pattern=r"^\d\d:\d\d$"),
                "to": Text("End.", pattern=r"^\d\d:\d\d$"),
                "quota": Whole("Places."),
            },
        ),
    )
