-- Showtimes as they were told. `version` grows with every change of their counts; what was told of it is beside it.
-- The counts that are shown are those of `generation`; `building` is the one that a rebuild counts beside it.
create sequence generations;
create table showtimes (
    showtime_id text primary key,
    event_id text not null,
    organization_id text not null,
    layout_hash text not null,
    starts_at timestamptz not null,
    published boolean not null default false,
    canceled boolean not null default false,
    heard_at timestamptz not null,
    generation bigint not null default 0,
    building bigint,
    version bigint not null default 0,
    told bigint not null default 0,
    told_at timestamptz not null default '-infinity'
);
create index showtimes_of_event on showtimes (event_id, starts_at, showtime_id);
create index showtimes_to_tell on showtimes (told_at) where version > told;

-- `sections` is read with the counts; `body`, which place is in which section, once by each process.
create table layouts (
    layout_hash text primary key,
    capacity int not null,
    sections jsonb not null,
    body bytea not null
);

-- `bought` and `unsold` are the seats of holds that are over, for ever: a refund changes neither.
-- Section '' is the whole showtime: what has no place in a section (an order of two of them) is counted there alone.
create table counts (
    showtime_id text not null,
    generation bigint not null,
    section_id text not null,
    held bigint not null default 0,
    sold bigint not null default 0,
    blocked bigint not null default 0,
    holds bigint not null default 0,
    holds_sold bigint not null default 0,
    bought bigint not null default 0,
    unsold bigint not null default 0,
    orders bigint not null default 0,
    refunds bigint not null default 0,
    primary key (showtime_id, generation, section_id)
) with (fillfactor = 50); -- each row is written many times a second: room for its next version on the same page

create table revenue (
    showtime_id text not null,
    generation bigint not null,
    section_id text not null,
    currency text not null,
    gross bigint not null default 0,
    refunded bigint not null default 0,
    primary key (showtime_id, generation, section_id, currency)
);

create table sales (
    showtime_id text not null,
    generation bigint not null,
    section_id text not null,
    minute timestamptz not null,
    currency text not null,
    seats bigint not null default 0,
    orders bigint not null default 0,
    amount bigint not null default 0,
    primary key (showtime_id, generation, section_id, minute, currency)
);

-- How holds went, by minute: what nobody else remembers, and so goes from one generation to the next where the stream
-- has forgotten it.
create table funnel (
    showtime_id text not null,
    generation bigint not null,
    section_id text not null,
    minute timestamptz not null,
    holds bigint not null default 0,
    holds_sold bigint not null default 0,
    bought bigint not null default 0,
    unsold bigint not null default 0,
    primary key (showtime_id, generation, section_id, minute)
) with (fillfactor = 50);

-- Blocking a blocked seat again is told again, so blocked seats are kept by name; the latest word counts.
create table blocked_seats (
    showtime_id text not null,
    generation bigint not null,
    seat_id text not null,
    section_id text not null,
    blocked boolean not null,
    at timestamptz not null,
    primary key (showtime_id, generation, seat_id)
);

create table rebuilds (
    id text primary key,
    event_id text,
    state text not null check (state in ('asked', 'running', 'done')),
    showtimes int not null default 0,
    facts bigint not null default 0,
    trouble text not null default '',
    asked_at timestamptz not null default now(),
    leased_until timestamptz not null default '-infinity'
);
