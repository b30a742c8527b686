"""What somebody needs to try a demo hall, at the verifier's `/newcomer`: numbers that pass every check, and the
authenticator app that a clerk would have on a phone."""

import binascii
import html
import time
from typing import Any

from deploy import sample
from deploy.simulators.base import Request, Simulator, frame
from services.identity import totp

ROWS = (
    ("证件号码 Identity number", sample.id_no),
    ("手机号 Mobile number", sample.mobile),
    ("银行卡号 Bank card", sample.card),
    ("统一社会信用代码 Unified social credit code", sample.company_code),
)


def attach(simulator: Simulator) -> None:
    """Show the page at this simulator."""
    simulator.route("GET", "/newcomer")(show)


def show(request: Request) -> tuple[int, Any]:
    """Fresh numbers at each visit; with `?secret=…` the six digits of now."""
    rows = "".join(f"<tr><th scope='row'>{label}</th><td><code>{make()}</code></td></tr>" for label, make in ROWS)
    secret = request.query.get("secret", "")
    return 200, frame(
        "样本号码与验证器(模拟)",
        "Sample numbers and authenticator (simulator)",
        f"""<h2>样本号码 Sample numbers</h2><p>能通过校验，不属于任何人；刷新即换一组。
<span lang="en">They pass every check and are nobody's; reload for others.</span></p>
<table><tbody>{rows}</tbody></table>
<h2>验证器 Authenticator</h2><p>输入绑定时页面给出的密钥，得到动态验证码。
<span lang="en">Enter the key that the page shows when you bind it.</span></p>
<form><label for="secret">密钥 Key</label> <input id="secret" name="secret" value="{html.escape(secret)}" size="40"
autocomplete="off"> <button>显示验证码 Show the code</button></form>{_digits(secret)}""",
    )


def _digits(secret: str) -> str:
    if not secret:
        return ""
    try:
        code = totp.code("".join(secret.split()).upper(), int(time.time()) // totp.SECONDS)
    except (binascii.Error, ValueError):
        return "<p role='alert'>密钥不正确 This is no key</p>"
    return f"<p role='status'>动态验证码 Code <strong>{code}</strong> (30 秒内有效 for thirty seconds)</p>"
