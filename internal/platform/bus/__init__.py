"""How services talk: facts on JetStream, questions and commands by request and reply, live pictures by core NATS.

    Bus.publish_batch([Message])   facts, stored exactly once         publish, frames, streams
    Consumer(durable, event, handle) + consume(bus, consumer)         consumer, consume, pull, deadletters
    BatchConsumer(durable, stream, handle)                            batches
    Bus.request(Claim(...))        a typed answer or a typed fault    ask
    Endpoint(request, handle)      + serve(bus, endpoints)            serve
    Bus.show(picture), Bus.watch(picture, address, handle), Bus.listen(subject, handle)   connection
    history(bus, events, since)    facts read again                   history
    letters(bus), find(bus, number)   what could not be handled       deadletters
    Bus.request(Replay(...))       ... handed in again, answered by   replay
    behind(bus)                    what each durable has left to do   durables

`envelope` names a message's headers, and `propagation` says which of them go on to whoever is asked or told. `client`
is that of nats-py, with a short way for what durables bring.

The outbox is what publishes, and the inbox what makes a handler's effect happen once; see `internal.platform`.
"""

from internal.platform.bus.batches import BatchConsumer, Delivery, consume_batches
from internal.platform.bus.connection import Bus
from internal.platform.bus.consume import consume
from internal.platform.bus.consumer import Consumer, Durable
from internal.platform.bus.deadletters import Parked, counted, find, letters, original
from internal.platform.bus.durables import Behind, behind
from internal.platform.bus.envelope import TIME, Message, Meta
from internal.platform.bus.faults import MessageTooLarge, NoAnswer
from internal.platform.bus.history import forgetful, history, recorded, stored_since
from internal.platform.bus.propagation import Passing
from internal.platform.bus.replay import REPLAYING, replaying
from internal.platform.bus.serve import Endpoint, serve
from internal.platform.bus.streams import BusSettings, is_kept

__all__ = [
    "REPLAYING",
    "TIME",
    "BatchConsumer",
    "Behind",
    "Bus",
    "BusSettings",
    "Consumer",
    "Delivery",
    "Durable",
    "Endpoint",
    "Message",
    "MessageTooLarge",
    "Meta",
    "NoAnswer",
    "Parked",
    "Passing",
    "behind",
    "consume",
    "consume_batches",
    "counted",
    "find",
    "forgetful",
    "history",
    "is_kept",
    "letters",
    "original",
    "recorded",
    "replaying",
    "serve",
    "stored_since",
]
