"""Tables of the catalog."""

from peewee import AutoField, BooleanField, DateField, IntegerField, TextField

from chassis.db import Database, InstantField, JsonField

database = Database("catalog")


class Region(database.Model):
    """City, district, street or village (CAT-01)."""

    code = TextField(unique=True)
    name = TextField()
    name_en = TextField(null=True)
    level = TextField()  # city | district | street | village
    parent = TextField(null=True, index=True)
    site_enabled = BooleanField(default=False)

    class Meta:
        table_name = "catalog_region"


class Org(database.Model):
    """An organisation (CAT-40). The leaders here are accounts by function; who holds them comes from identity."""

    code = TextField(unique=True)
    name = TextField()
    aliases = JsonField(default=list)
    kind = TextField(index=True)  # approving | supervising | service | utility | zone
    region = TextField(index=True)
    parent = TextField(null=True, index=True)
    uscc = TextField(null=True)
    leader_main = TextField(null=True)
    leader_deputy = TextField(null=True)
    phone = TextField(null=True)
    active = BooleanField(default=True)
    inactive_reason = TextField(null=True)
    in_city_centre = BooleanField(default=False)
    reported = JsonField(null=True)  # what catalog.org.changed said last

    class Meta:
        table_name = "catalog_org"


class Hall(database.Model):
    """A service centre with its hours and queues (CAT-43)."""

    code = TextField(unique=True)
    name = TextField()
    org = TextField(index=True)
    region = TextField(index=True)
    level = TextField()  # city | district | street
    address = TextField()
    phone = TextField(null=True)
    service_hours = JsonField()  # {days, from, to}
    queue_groups = JsonField(default=list)  # [{code, name, name_en}]
    active = BooleanField(default=True)
    reported = JsonField(null=True)

    class Meta:
        table_name = "catalog_hall"


class Window(database.Model):
    """A window of a hall; `items` None means that it takes any same-city item."""

    hall = TextField()
    window_no = TextField()
    name = TextField()
    kind = TextField()  # receiving | accepting
    org = TextField(index=True)
    items = JsonField(null=True)
    queue_group = TextField()
    active = BooleanField(default=True)
    reported = JsonField(null=True)

    class Meta:
        table_name = "catalog_window"
        indexes = ((("hall", "window_no"), True),)


class Leader(database.Model):
    """A grant of the role deputy_leader or unit_leader, as identity reported it."""

    grant_id = TextField(unique=True)
    org = TextField(null=True, index=True)
    role = TextField(null=True)
    staff_ref = TextField(null=True)
    valid_from = DateField(null=True)
    valid_until = DateField(null=True)
    revoked = BooleanField(default=False)

    class Meta:
        table_name = "catalog_leader"


class Item(database.Model):
    """A service item: what the version in force says, in columns that lists and searches use."""

    code = TextField(unique=True)
    name = TextField()
    name_en = TextField(null=True)
    parent = TextField(null=True, index=True)
    leaf = BooleanField(default=True)
    state = TextField(index=True)  # draft | published | retired
    current_version = IntegerField(null=True)
    last_version = IntegerField(default=0)
    org = TextField(index=True)
    region = TextField()
    for_person = BooleanField(default=False)
    for_legal = BooleanField(default=False)
    bookable = BooleanField(default=False)
    summary = JsonField(default=dict)  # what a list shows beside the columns
    seed_digest = TextField(null=True)  # of the city file it was last loaded from

    class Meta:
        table_name = "catalog_item"
        indexes = ((("region", "state", "code"), False),)


class ItemTheme(database.Model):
    """A theme (主题) under which an item is found (CAT-03)."""

    theme = TextField()
    item_code = TextField(index=True)

    class Meta:
        table_name = "catalog_item_theme"
        indexes = ((("theme", "item_code"), True),)


class ItemVersion(database.Model):
    """A version of a guide: number 0 is the one draft, all others are immutable documents (CAT-24)."""

    code = TextField()
    number = IntegerField()
    state = TextField()  # draft | published | superseded | retired
    document = JsonField()
    change_log = TextField(null=True)
    changes = JsonField(default=list)
    warnings = JsonField(default=list)
    published_at = InstantField(null=True)
    effective_from = DateField(null=True)
    effective_to = DateField(null=True)

    class Meta:
        table_name = "catalog_item_version"
        indexes = ((("code", "number"), True),)


class Standard(database.Model):
    """A published version of an item's supervision standard (CAT-31)."""

    item_code = TextField()
    number = IntegerField()
    org = TextField()
    document = JsonField()
    published_at = InstantField()

    class Meta:
        table_name = "catalog_supervision_standard"
        indexes = ((("item_code", "number"), True),)


class Quota(database.Model):
    """How many bookings a day an item takes in a hall (CAT-21)."""

    item_code = TextField()
    hall = TextField(index=True)
    queue_group = TextField()
    valid_from = DateField()
    valid_until = DateField(null=True)
    daily_number = IntegerField()
    slots = JsonField()  # [{from, to, quota}]
    reported = JsonField(null=True)

    class Meta:
        table_name = "catalog_booking_quota"
        indexes = ((("item_code", "hall"), True),)


class FormFile(database.Model):
    """A printable blank form or a filled sample that materials name (CAT-13); small, kept as base64."""

    name = TextField(unique=True)
    media_type = TextField()
    sha256 = TextField()
    content = TextField()

    class Meta:
        table_name = "catalog_form_file"


class Content(database.Model):
    """A published text of the hall that is no item: a column's entry, a theme package, a parallel template."""

    code = TextField(unique=True)
    kind = TextField()
    state = TextField()  # published | withdrawn
    title = TextField()
    org = TextField(index=True)
    region = TextField(index=True)
    current_version = IntegerField()
    seed_digest = TextField(null=True)

    class Meta:
        table_name = "catalog_content"
        indexes = ((("kind", "state", "code"), False),)


class ContentVersion(database.Model):
    """An immutable version of a published text."""

    code = TextField()
    number = IntegerField()
    document = JsonField()
    change_log = TextField()
    published_at = InstantField()

    class Meta:
        table_name = "catalog_content_version"
        indexes = ((("code", "number"), True),)


class SearchEntry(database.Model):
    """A published item as the search ranks it; its tokens lie in catalog_search_tokens, each database's own index."""

    id = AutoField()
    item_code = TextField(unique=True)
    length = IntegerField()  # of the name
    region = TextField()
    format = IntegerField()  # of the tokens

    class Meta:
        table_name = "catalog_search_entry"


class Synonym(database.Model):
    """A word that people use for others of the same group (CAT-03)."""

    word = TextField()
    word_group = TextField(index=True)

    class Meta:
        table_name = "catalog_synonym"
        indexes = ((("word", "word_group"), True),)


class Favourite(database.Model):
    """An item that a citizen keeps at hand (CAT-05)."""

    owner = TextField()  # reference of the account
    item_code = TextField()

    class Meta:
        table_name = "catalog_favourite"
        indexes = ((("owner", "item_code"), True),)
