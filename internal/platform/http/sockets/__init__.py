"""WebSockets and event streams whose frames are bytes made once for all, and that cost no task each.

One 200-byte frame to a thousand readers: `websockets` sends 66,600 a second on a core, its sans-I/O protocol under ASGI
94,800; the bytes written to each transport directly, 154,000. So a service gets the connection itself: it gives it
bytes, and is called with what comes. `websockets`' protocol still shakes hands, reads frames and answers pings.

door        who may come in, how many are there, and what the operator may choose of it
outlet      what a service writes to and is called by; a reader who does not read is closed, not waited for
encoded     the bytes of a frame, for a socket and for a stream
websocket   one WebSocket
stream      one answer without an end: Server-Sent Events
"""

from internal.platform.http.sockets.door import Door, SocketSettings
from internal.platform.http.sockets.encoded import event_bytes, text_frame
from internal.platform.http.sockets.outlet import Outlet
from internal.platform.http.sockets.stream import Stream
from internal.platform.http.sockets.websocket import Socket, SocketRoute

__all__ = [
    "Door",
    "Outlet",
    "Socket",
    "SocketRoute",
    "SocketSettings",
    "Stream",
    "event_bytes",
    "text_frame",
]
