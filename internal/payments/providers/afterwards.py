"""A question that follows a deed: when it cannot be asked, the deed may all the same be done.

ProviderDown says that nothing was done, which of a second question is true and misleads: the first call worked.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from internal.payments.providers.interface import AnswerLost, ProviderDown

__all__ = ["afterwards"]

T = TypeVar("T")


async def afterwards(question: Awaitable[T]) -> T:
    """Its answer; AnswerLost whenever there is none."""
    try:
        return await question
    except ProviderDown as down:
        raise AnswerLost(**down.extra) from None
