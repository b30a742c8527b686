"""The states of a version of an item (CAT-24)."""

from chassis.transitions import Machine, row

STATES = {"draft": "草稿", "published": "已发布", "superseded": "已被新版替换", "retired": "已停用"}

MACHINE = Machine(
    "catalog.item-version",
    STATES,
    (
        row("V1", "draft", "draft", "edit", "catalog_editor", "CAT-24"),
        row("V2", "draft", "published", "publish", "catalog_editor", "CAT-12"),
        row("V3", "published", "superseded", "supersede", "system", "CAT-24"),
        row("V4", "published", "retired", "retire", "catalog_editor", "CAT-24"),
    ),
)
