"""auth: who is who.

Owns the users, the sessions that refresh tokens carry on, and the keys that access tokens are signed with.

    register ──> user ──login──> session ──refresh──> session (its token replaced) ──> ...
                  guest ─────────^   │
                                     ├── logout, expiry ──────────> ended
                                     └── a token used twice ──────> ended: somebody else has it too

    key:  made and published ──lead──> signs ──the next key signs──> still checks ──its last token expired──> gone

What always holds:
- A refresh token is good once. Using one twice ends its session, whoever of the two was the thief.
- Nobody learns from an answer or its time whether an e-mail has an account.
- A key is published long before it signs, and for as long as a token that it signed is good.
- There is always an administrator.

Out: `auth.user.registered | updated | deleted`, `auth.keys.rotated`. Answers `rpc.auth.keys`, and
`rpc.auth.find_people` for directory. Listens to nothing.

An access token is good for its 15 minutes, whatever happens to its session: every service checks tokens alone, and asks
nobody. Logging out, a changed role or a removed account take effect at the next refresh.
"""
