create table if not exists layouts (
    hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
    body bytea not null,
    places integer not null check (places between 1 and 50000),
    created_at timestamptz not null
);
-- the bytes are compressed already: Postgres need not try
alter table layouts alter column body set storage external;

create table if not exists venues (
    id text primary key,
    organization_id text not null,
    name text not null,
    city text not null,
    country text not null,
    layout_hash text references layouts,
    places integer not null default 0,
    version integer not null default 0,
    request_key text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (organization_id, request_key)
);
create index if not exists venues_organization on venues (organization_id, id);

-- which layouts a venue has had; it outlives the venue, as showtimes were sold on them
create table if not exists venue_layouts (
    layout_hash text not null references layouts,
    venue_id text not null,
    version integer not null,
    since timestamptz not null,
    primary key (layout_hash, venue_id, version)
);
