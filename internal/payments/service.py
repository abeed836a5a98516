"""Builds payments out of its rooms: the only wiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from internal.payments.asking import Asking
from internal.payments.config import Config
from internal.payments.endpoints import endpoints
from internal.payments.handlers import Payments
from internal.payments.http import routes
from internal.payments.loops import PAYMENTS_DUE, WEBHOOKS_DUE, Looking, Webhooks
from internal.payments.providers.registry import offered
from internal.payments.reconcile import BooksReconciler, OwedReconciler, PaymentReconciler, RefundReconciler
from internal.payments.recording import REFUNDS_DUE, Recording
from internal.platform.config import Front, read
from internal.platform.loops import Loop
from internal.platform.postgres import Database
from internal.platform.reconcile import Reconciler
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure

__all__ = ["SERVICE", "build"]

_FORGET_EVERY = 600.0


def build(platform: Platform) -> Parts:
    """payments, out of what the process offers."""
    config = read(Config, platform.environment)
    database, log = platform.database, platform.log
    providers = offered(platform.environment, log)
    recording = Recording(database)
    asking = Asking(
        database,
        providers,
        recording,
        log,
        lease=config.lease,
        never_begun_after=config.never_begun_after,
        given_up_after=config.given_up_after,
        webhook_url=config.webhook_url or read(Front, platform.environment).url,
    )
    payments = Payments(database, recording, asking)
    looking = Looking(database, asking, config)
    webhooks = Webhooks(database, recording, log, config)
    compared, books = PaymentReconciler(database, asking, recording), BooksReconciler(database, asking)
    returned = RefundReconciler(database, asking, recording)
    owed = OwedReconciler(database, providers)
    return Parts(
        routes=routes(payments, database, providers),
        endpoints=endpoints(payments),
        loops=[
            _woken(database, PAYMENTS_DUE, config, "payments-looking", looking.payments_once),
            _woken(database, REFUNDS_DUE, config, "payments-refunds", looking.refunds_once),
            _woken(database, WEBHOOKS_DUE, config, "payments-webhooks", webhooks.run_once),
            Loop("payments-webhooks-pruning", webhooks.forget_once, _FORGET_EVERY),
        ],
        reconcilers=[
            Reconciler("payments", compared.run_once, every=config.reconcile_every, step=compared.look_at_some),
            Reconciler("payments-books", books.run_once, every=config.books_every, step=books.look_at_new),
            Reconciler(
                "payments-returned", returned.run_once, every=config.reconcile_every, step=returned.look_at_some
            ),
            Reconciler("payments-owed", owed.run_once, every=config.reconcile_every, repairs=False),
        ],
        figures=[
            Figure("payments_late", "Captures after their payment was given up, given back.", lambda: recording.late),
            Figure("payments_owed", "Refunds that only a person can settle.", lambda: owed.refunds, kind="gauge"),
        ],
    )


def _woken(database: Database, topic: str, config: Config, name: str, run_once: Callable[[], Awaitable[int]]) -> Loop:
    """Woken by what this process commits; its rounds are for what a dead one left, and for what is due later."""
    loop = Loop(name, run_once, config.look_every, full=config.look_batch)
    database.listen(topic, loop.wake)
    return loop


SERVICE = Service("payments", build, migrations=Path(__file__).with_name("migrations"))
