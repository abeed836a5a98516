"""What pages may do in a browser."""

from __future__ import annotations

__all__ = ["CONTENT_SECURITY", "page_headers"]

# No inline script or style, no eval, nothing of another host. `worker-src` is for the door, which works offline.
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_NO_DEVICES = "geolocation=(), microphone=(), payment=(), usb=()"


def page_headers(page: str) -> dict[str, str]:
    """What a browser is told with a page. Only the door has a use for the camera."""
    camera = "camera=(self)" if page == "door" else "camera=()"
    return {
        "content-security-policy": CONTENT_SECURITY,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": f"{camera}, {_NO_DEVICES}",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
