-- What every service's database has, whoever owns it. `if not exists`, because yoyo notes a file as applied in a second
-- transaction: a process killed between the two must be able to start again.

-- Events that were committed and are still to be published. The relay deletes them, so the table stays nearly empty.
create table if not exists outbox (
    id bigint generated always as identity primary key,
    event_id text not null unique,
    subject text not null,
    body bytea not null,
    headers jsonb not null default '{}',
    created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- Events whose effect on a consumer is committed.
create table if not exists inbox (
    durable text not null,
    event_id text not null,
    seen_at timestamptz not null default now(),
    primary key (durable, event_id)
);
-- rows come in the order of their time: a few pages of summary find the old ones
create index if not exists inbox_seen_at on inbox using brin (seen_at) with (pages_per_range = 16);

-- Requests that may be sent twice, and the one answer to each. No answer yet: in flight until leased_until.
create table if not exists idempotency (
    scope text not null,
    key text not null,
    fingerprint bytea not null,
    owner text not null,
    leased_until timestamptz not null,
    answer jsonb,
    body bytea,
    created_at timestamptz not null default now(),
    primary key (scope, key)
);
create index if not exists idempotency_created_at on idempotency using brin (created_at) with (pages_per_range = 16);
