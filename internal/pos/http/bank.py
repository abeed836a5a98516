"""The bank's page: the buyer approves or refuses, by a plain form, and goes back to the shop. No script, no cookie."""

from __future__ import annotations

import base64
from hashlib import sha256
from html import escape
from urllib.parse import parse_qs, urlsplit

from litestar import Response, get, post
from litestar.params import FromPath

from internal.platform.faults import Malformed
from internal.platform.http import RouteHandler
from internal.platform.http.forms import Web
from internal.platform.ids import is_id
from internal.pos.domain import Charge, ChargeUnknown
from internal.pos.handlers import Books

__all__ = ["routes"]


_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#1b1f23}"
    "button{font:inherit;padding:.7rem 1.4rem;margin:.5rem .5rem 0 0;border-radius:.4rem;border:1px solid #1b1f23;"
    "background:#fff;cursor:pointer}button.yes{background:#14532d;color:#fff}"
    "p.note{color:#57606a;font-size:.9rem}"
)
# How many digits of the amount stand behind the point, as on the shop's own pages; 2 of any other currency.
_WHOLE = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF"}
_DIGITS = {
    **dict.fromkeys(_WHOLE | {"XOF", "XPF"}, 0),
    **dict.fromkeys({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}, 3),
}
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()

_WORDS = {
    "en": {
        "title": "Your bank asks",
        "ask": "Do you approve this payment of {amount} {currency} with your card ending in {last4}?",
        "yes": "Approve",
        "no": "Refuse",
        "note": "This is the virtual bank of a demonstration. No money moves.",
        "done": "This payment is decided already. You may close this page.",
    },
    "tr": {
        "title": "Bankanız soruyor",
        "ask": "{last4} ile biten kartınızla {amount} {currency} tutarındaki ödemeyi onaylıyor musunuz?",
        "yes": "Onayla",
        "no": "Reddet",
        "note": "Bu, bir gösterimin sanal bankasıdır. Gerçek para hareketi yoktur.",
        "done": "Bu ödeme hakkında zaten karar verildi. Bu sayfayı kapatabilirsiniz.",
    },
}


def routes(books: Books) -> list[RouteHandler]:
    """Both of them."""

    @get("/pos/3ds/{charge_id:str}", include_in_schema=False)
    async def ask(request: Web, charge_id: FromPath[str]) -> Response[bytes]:
        return _page(await books.challenged(_charge(charge_id)), _language(request))

    @post("/pos/3ds/{charge_id:str}", include_in_schema=False)
    async def answer(request: Web, charge_id: FromPath[str]) -> Response[bytes]:
        said = parse_qs((await request.body()).decode("latin-1")).get("answer", [])
        if said not in (["approve"], ["refuse"]):
            raise Malformed("The answer is approve or refuse.", path="$.answer")
        charge = await books.answer(_charge(charge_id), approved=said == ["approve"])
        if not charge.return_url:
            return _page(charge, _language(request))
        # 303: the browser asks for the shop's page, it does not post the answer on
        return Response(b"", status_code=303, headers={"location": charge.return_url, "cache-control": "no-store"})

    return [ask, answer]


def _charge(charge_id: str) -> str:
    if not is_id("ch", charge_id):
        raise ChargeUnknown
    return charge_id


def _language(request: Web) -> str:
    asked = request.query_params.get("lang") or request.headers.get("accept-language") or ""
    return "tr" if asked.strip().lower().startswith("tr") else "en"


def _page(charge: Charge, language: str) -> Response[bytes]:
    words = _WORDS[language]
    open_still = charge.state == "requires_action"
    said = words["ask"].format(amount=_amount(charge), currency=charge.currency, last4=charge.last4)
    form = (
        f'<form method="post"><button class="yes" name="answer" value="approve">{words["yes"]}</button>'
        f'<button name="answer" value="refuse">{words["no"]}</button></form>'
    )
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{words["title"]}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{words['title']}</h1>"
        f"<p>{escape(said if open_still else words['done'])}</p>{form if open_still else ''}"
        f'<p class="note">{words["note"]}</p></main></body></html>'
    )
    headers = {
        "content-security-policy": _policy(charge),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return Response(html.encode(), status_code=200, media_type="text/html; charset=utf-8", headers=headers)


def _amount(charge: Charge) -> str:
    places = _DIGITS.get(charge.currency, 2)
    whole, part = divmod(charge.amount, 10**places)
    return f"{whole}.{part:0{places}}" if places else str(whole)


def _policy(charge: Charge) -> str:
    """Nothing but the style above. The shop is named too: browsers hold a form's redirect to `form-action` as well."""
    shop = urlsplit(charge.return_url)
    back = f" {shop.scheme}://{shop.netloc}" if shop.netloc and not set(shop.netloc) & set(" ;,'\"") else ""
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'{back};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
