from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import httpx
import jwt
import pytest

from internal.auth.config import AuthSettings
from internal.auth.http import routes
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from tests.auth.conftest import PASSWORD, Auth, Web, auth_on, new_email
from tests.edge import code, edge


async def test_register_then_log_in(web: Web, auth: Auth) -> None:
    """Who registers can log in, is who they said, and the world is told once."""
    email = new_email()
    asked = {"email": email.upper(), "password": PASSWORD, "name": "Ada Lovelace"}
    assert (await web("POST", "/api/auth/register", asked)).json() == {"status": "accepted"}
    tokens = await web.logged_in(email)
    assert tokens["expiresIn"] == 900
    assert tokens["tokenType"] == "Bearer"
    me = await web("GET", "/api/me", token=tokens["accessToken"])
    assert me.status_code == 200
    assert me.json() == tokens["user"]
    assert me.json()["email"] == email
    assert me.json()["name"] == "Ada Lovelace"
    assert me.json()["roles"] == ["customer"]
    assert me.json()["createdAt"].endswith("Z")
    assert "password" not in me.text
    assert await auth.events(email) == ["auth.user.registered"]


async def test_register_again_changes_nothing_and_says_the_same(web: Web, auth: Auth) -> None:
    """An e-mail that has an account gets the same answer, keeps its password and name, and nobody is told."""
    email = new_email()
    first = await web("POST", "/api/auth/register", {"email": email, "password": PASSWORD, "name": "Ada"})
    again = await web("POST", "/api/auth/register", {"email": email, "password": "another password", "name": "Eve"})
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.headers.keys() == again.headers.keys()
    refused = await web("POST", "/api/auth/login", {"email": email, "password": "another password"})
    assert code(refused) == (401, "login_refused")
    assert (await web.logged_in(email))["user"]["name"] == "Ada"
    assert await auth.events(email) == ["auth.user.registered"]


async def test_many_register_one_email_at_once(web: Web, auth: Auth) -> None:
    """Of twenty who register one e-mail at once, one account comes out, and all are told the same."""
    email = new_email()
    asked = [web("POST", "/api/auth/register", {"email": email, "password": PASSWORD}) for _ in range(20)]
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {202}
    assert await auth.events(email) == ["auth.user.registered"]


async def test_login_does_not_tell_who_exists(web: Web) -> None:
    """A wrong password and an unknown e-mail get the same answer, to the byte."""
    tokens = await web.registered()
    wrong = await web("POST", "/api/auth/login", {"email": tokens["user"]["email"], "password": "wrong password"})
    unknown = await web("POST", "/api/auth/login", {"email": new_email(), "password": "wrong password"})
    assert code(wrong) == code(unknown) == (401, "login_refused")
    say = [{name: value for name, value in one.json().items() if name != "requestId"} for one in (wrong, unknown)]
    assert say[0] == say[1]
    assert wrong.headers.keys() == unknown.headers.keys()


async def test_the_time_does_not_tell_either(database: Database, redis_url: str) -> None:
    """With real hashes, login and register take alike for e-mails that exist and that do not."""
    auth = auth_on(database, AuthSettings())
    await auth.keyring.run_once()
    known = new_email()
    await auth.users.add(known, PASSWORD, "", ("customer",))

    async def seconds(ask: Callable[[], Awaitable[httpx.Response]]) -> float:
        begun = perf_counter()
        assert (await ask()).status_code in {202, 401}
        return perf_counter() - begun

    async with edge(routes(auth.accounts, auth.sessions, auth.users, auth.keyring), auth.verifier, redis_url) as client:
        for path in ("/api/auth/login", "/api/auth/register"):
            web = Web(client)
            times: dict[bool, list[float]] = {True: [], False: []}
            for number in range(40):  # in turn, so that a noisy neighbour disturbs both alike
                exists = number % 2 == 0
                email = known if exists else new_email()
                body = {"email": email, "password": "another password"}
                times[exists].append(await seconds(lambda path=path, body=body, web=web: web("POST", path, body)))  # type: ignore[misc]
            there, missing = statistics.median(times[True]), statistics.median(times[False])
            # without the hash for nobody an unknown e-mail is answered 8 times as fast: the bound is far from both
            assert 0.5 < there / missing < 2, (path, there, missing)


async def test_a_guest_gets_tokens_and_is_nobody_else(web: Web) -> None:
    """A guest comes without anything, is one to every service, and has no e-mail."""
    answer = await web("POST", "/api/auth/guest")
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    guest = answer.json()
    assert guest["user"]["guest"] is True
    assert guest["user"]["email"] is None
    said = jwt.decode(guest["accessToken"], options={"verify_signature": False})
    assert said["guest"] is True
    assert "email" not in said
    assert (await web("GET", "/api/me", token=guest["accessToken"])).json() == guest["user"]


async def test_a_refresh_token_is_good_once(web: Web) -> None:
    """Each refresh gives a new pair; the old refresh token shown again ends the session, the new one included."""
    first = await web.registered()
    second = (await web("POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})).json()
    assert second["refreshToken"] != first["refreshToken"]
    assert second["user"] == first["user"]
    assert (await web("GET", "/api/me", token=second["accessToken"])).status_code == 200
    third = (await web("POST", "/api/auth/refresh", {"refreshToken": second["refreshToken"]})).json()
    again = await web("POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})
    assert code(again) == (401, "refresh_reused")
    ended = await web("POST", "/api/auth/refresh", {"refreshToken": third["refreshToken"]})
    assert code(ended) == (401, "refresh_refused")


async def test_one_of_many_refreshes_at_once_wins_and_none_survives(web: Web) -> None:
    """Ten who show one token at once: one gets a pair, and as the others have shown it twice, the session is over."""
    tokens = await web.registered()
    asked = [web("POST", "/api/auth/refresh", {"refreshToken": tokens["refreshToken"]}) for _ in range(10)]
    answers = await asyncio.gather(*asked)
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    after = await web("POST", "/api/auth/refresh", {"refreshToken": won[0].json()["refreshToken"]})
    assert code(after) == (401, "refresh_refused")


async def test_another_session_of_the_same_user_lives_on(web: Web) -> None:
    """A reused token ends its own session, not the one on the other device."""
    first = await web.registered()
    other = await web.logged_in(first["user"]["email"])
    await web("POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})
    await web("POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})
    assert (await web("POST", "/api/auth/refresh", {"refreshToken": other["refreshToken"]})).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "session_1.x", f"session_{'0' * 32}.x", f"session_{'0' * 32}.", "a.b.c"])
async def test_rubbish_is_no_refresh_token(web: Web, token: str) -> None:
    """A token that auth never gave is refused; to log out with it is no trouble."""
    assert code(await web("POST", "/api/auth/refresh", {"refreshToken": token})) == (401, "refresh_refused")
    assert (await web("POST", "/api/auth/logout", {"refreshToken": token})).status_code == 204


async def test_logout_ends_the_session(web: Web) -> None:
    """After a logout the session's token is refused, and a second logout does nothing more."""
    tokens = await web.registered()
    for _ in range(2):
        assert (await web("POST", "/api/auth/logout", {"refreshToken": tokens["refreshToken"]})).status_code == 204
    refused = await web("POST", "/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert code(refused) == (401, "refresh_refused")


async def test_no_token_no_entry(web: Web) -> None:
    """Without a token, or with a bad one, nothing of anybody is shown."""
    me = new_id("user")
    for method, path in [("GET", "/api/me"), ("GET", "/api/users"), ("GET", f"/api/users/{me}")]:
        assert code(await web(method, path)) == (401, "unauthenticated")
        assert (await web(method, path, token="rubbish")).status_code == 401
    basic = await web("GET", "/api/me", headers={"authorization": "Basic eDp5"})
    assert basic.status_code == 401


async def test_users_are_for_administrators(web: Web, admin: str) -> None:
    """Somebody else's account is none of a customer's business, nor is the list; one's own is."""
    tokens, other = await web.registered(), await web.registered()
    token, body = tokens["accessToken"], {"email": new_email(), "password": PASSWORD}
    for method, path, json in [
        ("GET", "/api/users", None),
        ("POST", "/api/users", body),
        ("GET", f"/api/users/{other['user']['id']}", None),
        ("GET", f"/api/users/email/{other['user']['email']}", None),
        ("PATCH", f"/api/users/{tokens['user']['id']}", {"roles": ["admin"]}),
        ("DELETE", f"/api/users/{other['user']['id']}", None),
    ]:
        assert (await web(method, path, json, token)).status_code == 403, path
    assert (await web("GET", f"/api/users/{tokens['user']['id']}", token=token)).json() == tokens["user"]


async def test_an_administrator_manages_users(web: Web, admin: str, auth: Auth) -> None:
    """Made, read by id and by e-mail, changed, removed: each step is seen by the next, and told to the others."""
    email = new_email()
    made = await web("POST", "/api/users", {"email": email, "password": PASSWORD, "name": "Bea"}, admin)
    assert made.status_code == 201
    user = made.json()
    assert made.headers["location"] == f"/api/users/{user['id']}"
    taken = await web("POST", "/api/users", {"email": email, "password": PASSWORD}, admin)
    assert code(taken) == (409, "email_taken")
    assert (await web("GET", f"/api/users/{user['id']}", token=admin)).json() == user
    assert (await web("GET", f"/api/users/email/{email}", token=admin)).json() == user
    changed = await web("PATCH", f"/api/users/{user['id']}", {"name": "Bea B."}, admin)
    assert changed.json()["name"] == "Bea B."
    assert changed.json()["updatedAt"] > user["updatedAt"]
    assert (await web("DELETE", f"/api/users/{user['id']}", token=admin)).status_code == 204
    assert code(await web("GET", f"/api/users/{user['id']}", token=admin)) == (404, "user_unknown")
    assert code(await web("DELETE", f"/api/users/{user['id']}", token=admin)) == (404, "user_unknown")
    told = await auth.events(user["id"])
    assert told == ["auth.user.registered", "auth.user.updated", "auth.user.deleted"]


async def test_a_new_password_ends_the_sessions(web: Web, admin: str) -> None:
    """When the password or the roles are changed, whoever was logged in has to log in again."""
    tokens = await web.registered()
    path = f"/api/users/{tokens['user']['id']}"
    for change, password in [
        ({"password": "another password"}, "another password"),
        ({"roles": ["customer", "admin"]}, "another password"),
    ]:
        assert (await web("PATCH", path, change, admin)).status_code == 200
        refused = await web("POST", "/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert code(refused) == (401, "refresh_refused")
        tokens = await web.logged_in(tokens["user"]["email"], password)
    assert (await web("GET", "/api/users", token=tokens["accessToken"])).status_code == 200


async def test_a_change_must_be_possible(web: Web, admin: str) -> None:
    """Another user's e-mail, an empty change, and an account for a guest are refused."""
    one, two = await web.registered(), await web.registered()
    path = f"/api/users/{one['user']['id']}"
    taken = await web("PATCH", path, {"email": two["user"]["email"].upper()}, admin)
    assert code(taken) == (409, "email_taken")
    assert code(await web("PATCH", path, {}, admin)) == (400, "malformed")
    guest = (await web("POST", "/api/auth/guest")).json()["user"]["id"]
    for change in ({"email": new_email()}, {"password": PASSWORD}, {"roles": ["admin"]}):
        assert code(await web("PATCH", f"/api/users/{guest}", change, admin)) == (409, "guests_cannot")
    assert (await web("PATCH", f"/api/users/{guest}", {"name": "Gast"}, admin)).status_code == 200


async def test_a_removed_user_is_out(web: Web, admin: str) -> None:
    """Once removed, neither password nor refresh token is good, and the access token shows nothing of oneself."""
    tokens = await web.registered()
    await web("DELETE", f"/api/users/{tokens['user']['id']}", token=admin)
    assert (await web("GET", "/api/me", token=tokens["accessToken"])).status_code == 401
    assert (await web("POST", "/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).status_code == 401
    gone = await web("POST", "/api/auth/login", {"email": tokens["user"]["email"], "password": PASSWORD})
    assert code(gone) == (401, "login_refused")


async def test_users_come_in_pages(web: Web, admin: str) -> None:
    """Following the cursors shows every user once, in the order of their making."""
    made = [(await web.registered())["user"]["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await web("GET", "/api/users", token=admin, params=query)).json()
        seen += [user["id"] for user in page["items"]]
        if (cursor := page["nextCursor"]) is None:
            break
    assert len(seen) == len(set(seen))
    assert [user for user in seen if user in made] == made


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/auth/register", {"email": "no address", "password": PASSWORD}),
        ("POST", "/api/auth/register", {"email": "ada@example.com\n", "password": PASSWORD}),
        ("POST", "/api/auth/register", {"email": "a" * 250 + "@b.cd", "password": PASSWORD}),
        ("POST", "/api/auth/register", {"email": "ada@example.com", "password": "short"}),
        ("POST", "/api/auth/register", {"email": "ada@example.com", "password": "x" * 257}),
        ("POST", "/api/auth/register", {"email": "ada@example.com", "password": PASSWORD, "name": "a\0b"}),
        ("POST", "/api/auth/register", {"email": "ada@example.com", "password": PASSWORD, "roles": ["admin"]}),
        ("POST", "/api/auth/register", {"email": ["ada@example.com"], "password": PASSWORD}),
        ("POST", "/api/auth/register", {}),
        ("POST", "/api/auth/register", []),
        ("POST", "/api/auth/register", None),
        ("POST", "/api/auth/login", {"email": "ada@example.com", "password": None}),
        ("POST", "/api/auth/refresh", {"refreshToken": "x" * 201}),
        ("POST", "/api/auth/refresh", {"refresh_token": "x"}),
        ("POST", "/api/users", {"email": "ada@example.com", "password": PASSWORD, "roles": ["owner"]}),
        ("POST", "/api/users", {"email": "ada@example.com", "password": PASSWORD, "roles": []}),
        ("GET", "/api/users?limit=0", None),
        ("GET", "/api/users?limit=many", None),
        ("GET", "/api/users?cursor=rubbish", None),
        ("GET", "/api/users?cursor=WyJcdTAwMDAiXQ", None),
        ("GET", "/api/users/email/nobody", None),
    ],
)
async def test_bad_input_is_told(web: Web, admin: str, method: str, path: str, body: Any) -> None:
    """What is wrong, too long or unknown is a 400 that says so, and changes nothing."""
    token = admin if path.startswith("/api/users") else ""
    assert code(await web(method, path, body, token)) == (400, "malformed")


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"email":"\\ud800@example.com","password":"longenough"}', b"[" * 9999]
)
async def test_bytes_that_are_no_json_are_told(web: Web, body: bytes) -> None:
    """Broken JSON and broken text are a 400."""
    answer = await web("POST", "/api/auth/register", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize("user_id", ["x", "user_1", "user_%00", "..", "user_" + "g" * 32])
async def test_an_odd_id_is_nobody(web: Web, admin: str, user_id: str) -> None:
    """What is no id of a user is the id of no user."""
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert (await web(method, f"/api/users/{user_id}", body, admin)).status_code in {404, 405}


async def test_anonymous_writes_are_limited_by_address(server: httpx.AsyncClient) -> None:
    """The hundred and first attempt of one address within 15 minutes is told when to come again."""
    web, other = Web(server), Web(server)
    body = {"refreshToken": "x"}
    first = await web("POST", "/api/auth/refresh", body)
    assert first.headers["ratelimit-limit"] == "100"
    for _ in range(99):
        assert (await web("POST", "/api/auth/refresh", body)).status_code == 401
    refused = await web("POST", "/api/auth/refresh", body)
    assert code(refused) == (429, "limited")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await other("POST", "/api/auth/refresh", body)).status_code == 401


async def test_a_token_buys_no_further_tries(server: httpx.AsyncClient) -> None:
    """A guest's token is there for the asking: who shows one logs in, registers and comes anew as their address."""
    web = Web(server)
    tokens = [(await web("POST", "/api/auth/guest")).json()["accessToken"] for _ in range(2)]
    for path in ("/api/auth/login", "/api/auth/register", "/api/auth/guest"):
        answers = [await web("POST", path, None if path.endswith("guest") else {}, token) for token in tokens]
        first, second = (answer.headers for answer in answers)
        assert first["ratelimit-limit"] == second["ratelimit-limit"] == "100"
        assert int(second["ratelimit-remaining"]) == int(first["ratelimit-remaining"]) - 1


async def test_the_keys_are_published_and_cacheable(web: Web) -> None:
    """The public keys, and nothing private, with an ETag that saves the next fetch."""
    answer = await web("GET", "/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    for key in answer.json()["keys"]:
        assert key.keys() == {"kty", "kid", "use", "alg", "n", "e"}
        assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    again = await web("GET", "/.well-known/jwks.json", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
