"""Somebody with a token, or without one, at the door of a running box office."""

from __future__ import annotations

from typing import Any, Self

import httpx

from internal.cli.demo.programme import PASSWORD


class Visitor:
    def __init__(self, port: int, email: str | None = None) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False)
        if email:
            token = self.post("/api/auth/login", {"email": email, "password": PASSWORD})["accessToken"]
            self._http.headers["authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._http.request(method, path, json=body)

    def get(self, path: str) -> Any:
        return self.ask("GET", path).raise_for_status().json()

    def post(self, path: str, body: object = None) -> Any:
        return self.ask("POST", path, body).raise_for_status().json()

    def programme(self) -> dict[str, dict[str, Any]]:
        """The events that everybody sees, with their showtimes, by name."""
        return {one["name"]: self.get(f"/api/events/{one['id']}") for one in self.get("/api/events/active")["items"]}
