create table if not exists users (
    id text primary key,
    email text unique,
    name text not null default '',
    password_hash text,
    roles text[] not null,
    guest boolean not null default false,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint only_guests_have_no_email check (guest = (email is null))
);

-- One row for each session, with the digest of the one refresh token that is good; older ones are known by not matching.
create table if not exists refresh_tokens (
    family text primary key,
    user_id text not null references users on delete cascade,
    digest bytea not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index if not exists refresh_tokens_user on refresh_tokens (user_id);
create index if not exists refresh_tokens_expiry on refresh_tokens (expires_at);

create table if not exists signing_keys (
    kid text primary key,
    private_key text not null,
    created_at timestamptz not null,
    signs_from timestamptz not null
);
