"""What the organisations behind their codes are called, for pages whose service knows codes only."""

from collections.abc import Iterable

from gateway.portal.addresses import fill
from gateway.portal.texts import of
from gateway.portal.visitor import get_all


def names(codes: Iterable[str]) -> dict[str, str]:
    """Code → name; a code whose name cannot be read stands for itself."""
    wanted = sorted({*codes})
    answers = get_all(*[("catalog", fill("/orgs/{code}", {"code": code})) for code in wanted])
    return {code: of(answer) or code for code, answer in zip(wanted, answers, strict=True)}
