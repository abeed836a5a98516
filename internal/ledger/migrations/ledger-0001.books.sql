create or replace function only_ever_added() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = 'restrict_violation';
end $$;

-- What was sold: written once for each order and the seats that were not its own before.
create table if not exists reservations (
    id text primary key,
    event_id text not null,
    organization_id text not null,
    showtime_id text not null,
    user_id text not null,
    seat_ids text[] not null,
    order_id text not null,
    timestamp timestamptz not null
);
create index if not exists reservations_order on reservations (order_id);
create index if not exists reservations_user on reservations (user_id, id);
create index if not exists reservations_organization on reservations (organization_id, id);
create index if not exists reservations_showtime on reservations (showtime_id, id);
create or replace trigger only_ever_added before update or delete or truncate on reservations
    for each statement execute function only_ever_added();

-- What of it came back. May come before the sale itself is told.
create table if not exists given_back (
    order_id text not null,
    seat_id text not null,
    timestamp timestamptz not null,
    primary key (order_id, seat_id)
);
create or replace trigger only_ever_added before update or delete or truncate on given_back
    for each statement execute function only_ever_added();

-- What the facts of sales do not name, learnt from others. Not a book: it can be learnt again.
create table if not exists known_showtimes (
    showtime_id text primary key,
    event_id text not null,
    organization_id text not null
);
create index if not exists known_showtimes_event on known_showtimes (event_id);
create table if not exists known_orders (
    order_id text primary key,
    user_id text not null,
    showtime_id text not null
);

-- The body is kept byte for byte, because the hash is of bytes.
create table if not exists audit_events (
    position bigint primary key,
    event_id text not null unique,
    subject text not null,
    time timestamptz not null,
    actor text not null,
    request_id text not null,
    body bytea not null,
    hash bytea not null
);
create or replace trigger only_ever_added before update or delete or truncate on audit_events
    for each statement execute function only_ever_added();

-- The last row of the chain, locked by whoever appends.
create table if not exists audit_head (
    only_one boolean primary key default true check (only_one),
    position bigint not null,
    hash bytea not null
);
insert into audit_head (position, hash) values (0, '') on conflict do nothing;

-- Where each thing is named: an index of the trail, made from its bodies.
create table if not exists audit_entities (
    entity text not null,
    position bigint not null,
    primary key (entity, position)
);
create or replace trigger only_ever_added before update or delete or truncate on audit_entities
    for each statement execute function only_ever_added();
