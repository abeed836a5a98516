"""Categories: everybody reads them, administrators write them."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from internal.catalog.domain import Category
from internal.catalog.faults import CategoryInUse, CategoryTaken, CategoryUnknown, ChangedMeanwhile
from internal.catalog.handlers import Categories
from internal.catalog.http.answers import PUBLIC, expected_of, made, named_position, sent
from internal.catalog.http.forms import CategoryForm, IfMatch
from internal.platform.http import Page, RouteHandler, cursor_of, json_answer, problems
from internal.platform.http.forms import PageLimit, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.idempotency import InFlight, KeyReused

__all__ = ["routes"]

Cursor = Annotated[str | None, QueryParameter(max_length=1_100)]  # a name of 200 characters of four bytes, as base64


def routes(categories: Categories) -> list[RouteHandler]:
    """All of them."""
    return [*_reading(categories), *_writing(categories)]


def _reading(categories: Categories) -> list[RouteHandler]:
    @get("/api/categories", tags=["categories"])
    async def list_categories(request: Web, limit: PageLimit = 50, cursor: Cursor = None) -> Response[Page[Category]]:
        """All categories, in the order of their names."""
        found = await categories.after(named_position(cursor), limit)
        page = Page(items=found, next_cursor=cursor_of(found[-1].name) if len(found) == limit else None)
        answer: Response[Any] = json_answer(request, page, cache=PUBLIC)
        return answer

    @get("/api/categories/{category_id:str}", tags=["categories"], responses=problems(CategoryUnknown))
    async def get_category(request: Web, category_id: FromPath[str]) -> Response[Category]:
        """One category."""
        found = await categories.get(category_id)
        body, tag = sent(found, found.version)
        answer: Response[Any] = json_answer(request, body, etag=tag, cache=PUBLIC)
        return answer

    return [list_categories, get_category]


def _writing(categories: Categories) -> list[RouteHandler]:
    changed = problems(CategoryUnknown, CategoryTaken, ChangedMeanwhile)

    @post(
        "/api/categories",
        status_code=201,
        tags=["categories"],
        responses=problems(CategoryTaken, KeyReused, InFlight),
    )
    async def add_category(
        request: Web, data: JSONBody[CategoryForm], idempotency_key: IdempotencyKey = None
    ) -> Response[Category]:
        """A new category. For administrators."""
        admin_of(request)
        category = await categories.add(data.name, await once_of(request, idempotency_key))
        return made(category, version=category.version, location=f"/api/categories/{category.id}", status=201)

    async def renamed(request: Web, category_id: str, name: str, if_match: str | None) -> Response[Category]:
        admin_of(request)
        category = await categories.rename(category_id, name, expected_of(if_match))
        return made(category, version=category.version)

    @patch("/api/categories/{category_id:str}", tags=["categories"], responses=changed)
    async def change_category(
        request: Web, category_id: FromPath[str], data: JSONBody[CategoryForm], if_match: IfMatch = None
    ) -> Response[Category]:
        """Give it another name. For administrators."""
        return await renamed(request, category_id, data.name, if_match)

    @put("/api/categories/{category_id:str}", tags=["categories"], responses=changed)
    async def replace_category(
        request: Web, category_id: FromPath[str], data: JSONBody[CategoryForm], if_match: IfMatch = None
    ) -> Response[Category]:
        """The same: a category has nothing but its name. For administrators."""
        return await renamed(request, category_id, data.name, if_match)

    @delete(
        "/api/categories/{category_id:str}",
        tags=["categories"],
        responses=problems(CategoryUnknown, CategoryInUse, ChangedMeanwhile),
    )
    async def remove_category(request: Web, category_id: FromPath[str], if_match: IfMatch = None) -> None:
        """Take one away that no event is in. For administrators."""
        admin_of(request)
        await categories.remove(category_id, expected_of(if_match))

    return [add_category, change_category, replace_category, remove_category]
