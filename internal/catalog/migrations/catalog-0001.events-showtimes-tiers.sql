create table if not exists categories (
    id text primary key,
    name text not null unique,
    version int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table if not exists events (
    id text primary key,
    organization_id text not null,
    name text not null,
    description text not null,
    category_id text references categories,
    image_url text,
    status text not null check (status in ('draft', 'published', 'canceled')),
    reason text not null,
    version int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    published_at timestamptz,
    canceled_at timestamptz
);
create index if not exists events_organization on events (organization_id, id);
create index if not exists events_category on events (category_id, id);
create index if not exists events_words on events using gin (to_tsvector('simple', name || ' ' || description));

create table if not exists showtimes (
    id text primary key,
    event_id text not null references events on delete cascade,
    organization_id text not null,
    venue_id text not null,
    layout_hash text not null,
    starts_at timestamptz not null,
    time_zone text not null,
    on_sale_from timestamptz,
    on_sale_until timestamptz,
    seats_per_buyer int not null check (seats_per_buyer > 0),
    hold_seconds int not null check (hold_seconds > 0),
    currency text not null,
    status text not null check (status in ('draft', 'published', 'canceled')),
    reason text not null,
    version int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    published_at timestamptz,
    canceled_at timestamptz,
    check (status <> 'published' or layout_hash <> '')
);
create index if not exists showtimes_event on showtimes (event_id, starts_at, id);
create index if not exists showtimes_to_come on showtimes (starts_at, event_id) where status = 'published';

create table if not exists price_tiers (
    id text primary key,
    showtime_id text not null references showtimes on delete cascade,
    position int not null,
    name text not null,
    price bigint not null check (price >= 0),
    unique (showtime_id, name)
);
