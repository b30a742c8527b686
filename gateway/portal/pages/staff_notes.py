"""Staff write to one another and to the parties of their cases, read notices, find who holds which post (FIL-92)."""

from gateway.portal.forms import Field
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.words import ROLE

MENU = ("消息与通讯录", "Messages and people")
TEXT = Field("text", ("内容", "Text"), "long", most=2000)
VERBS = (
    Verb(
        "write-note",
        ("发消息", "Write a message"),
        "notifier",
        "/me/sent",
        "/staff/inbox",
        fields=(
            Field(
                "to",
                ("收件人", "To"),
                "lines",
                (
                    "每行一个编号，见“通讯录”；写给办件当事人的，另填业务编号",
                    "One reference a line, see “who is who”; for the party of a case its number, too",
                ),
            ),
            Field("title", ("标题", "Title"), most=60),
            TEXT,
            Field("case_no", ("业务编号", "Case"), "code", required=False, most=40),
        ),
        done=("消息已发出。", "It is sent."),
    ),
    Verb(
        "answer-note",
        ("回复", "Answer"),
        "notifier",
        "/me/messages/{message_id}/answer",
        "/my/messages",
        who="anyone",
        fields=(TEXT,),
        done=("回复已发出。", "It is sent."),
    ),
    Verb(
        "read-notice",
        ("标为已阅", "I have read it"),
        "notifier",
        "/me/notices/{bulletin_id}/read",
        "/my/messages",
        who="anyone",
        done=("已标为已阅。", "It is marked as read."),
    ),
)
SCREENS = (
    Screen(
        "/staff/inbox",
        ("站内消息", "Messages"),
        (
            Listing(
                ("公告", "Notices"),
                "notifier",
                "/me/notices",
                (
                    Column(("标题", "Title"), "title"),
                    Column(("内容", "Text"), "text"),
                    Column(("至", "Until"), "until_date", "day"),
                    Column(("已阅", "Read"), "read_at", "moment"),
                ),
                deeds=(Deed("read-notice", {"bulletin_id": "id"}, lambda row: not row["read_at"]),),
            ),
            Listing(
                ("收到的消息", "Received"),
                "notifier",
                "/me/messages",
                (
                    Column(("标题", "Title"), "title", "name"),
                    Column(("内容", "Text"), "zh"),
                    Column(("发件人", "From"), "sender_name"),
                    Column(("业务编号", "Case"), "case_no", link="/staff/cases/{case_no}"),
                    Column(("时间", "At"), "created_at", "moment"),
                    Column(("已读", "Read"), "read_at", "moment"),
                ),
                deeds=(Deed("answer-note", {"message_id": "id"}, lambda row: bool(row["sender_ref"])),),
            ),
            Listing(
                ("发出的消息", "Sent"),
                "notifier",
                "/me/sent",
                (
                    Column(("标题", "Title"), "title"),
                    Column(("内容", "Text"), "text"),
                    Column(("时间", "At"), "created_at", "moment"),
                    Column(("收到人数", "Have it"), "readers", "number"),
                    Column(("已读人数", "Have read it"), "read", "number"),
                ),
            ),
        ),
        deeds=(Deed("write-note"), Deed("read-all")),
        menu=MENU,
    ),
    Screen(
        "/staff/people",
        ("通讯录", "Who is who"),
        (
            Listing(
                ("岗位", "Posts"),
                "identity",
                "/staff",
                (
                    Column(("岗位", "Post"), "display_name"),
                    Column(("编号", "Reference"), "ref"),
                    Column(("部门", "Unit"), "org", "org"),
                ),
                filters=(
                    Field("org", ("部门编码", "Unit"), required=False),
                    Field("role", ("角色", "Role"), "pick", required=False, options=tuple(ROLE.items())[2:]),
                ),
                deeds=(Deed("write-note", {"to": "ref"}),),
            ),
        ),
        menu=MENU,
    ),
)
