-- Showtimes on sale as the catalog told them; with the layout beside it, inventory can open a showtime all by itself.
create table showtimes (
    showtime_id text primary key,
    event_id text not null,
    organization_id text not null,
    layout_hash text not null,
    starts_at timestamptz not null,
    on_sale_from timestamptz,
    on_sale_until timestamptz,
    seats_per_buyer int not null check (seats_per_buyer > 0),
    hold_seconds int not null check (hold_seconds > 0),
    closed boolean not null default false,
    told_at timestamptz not null
);
create index showtimes_of_event on showtimes (event_id, starts_at);

create table layouts (
    layout_hash text primary key,
    capacity int not null,
    body bytea not null
);

-- The holds that reached an order. A claim that was dropped stays as a line, so that a late command finds it dropped.
create table holds (
    order_id text primary key,
    hold_id text not null,
    showtime_id text not null,
    user_id text not null,
    saga_id text not null,
    seat_ids text[] not null,
    fence bigint not null,
    state text not null check (state in ('claimed', 'purchased', 'released', 'refunded')),
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
-- One hold, one live order.
create unique index one_order_for_a_hold on holds (hold_id) where state in ('claimed', 'purchased');
create index holds_of_showtime on holds (showtime_id);
create sequence fences;

-- The truth about every seat that is not free. This primary key is what makes a seat unsellable twice.
create table seat_states (
    showtime_id text not null,
    seat_id text not null,
    state text not null check (state in ('claimed', 'sold', 'blocked')),
    order_id text,
    user_id text,
    fence bigint,
    reason text,
    changed_at timestamptz not null default now(),
    primary key (showtime_id, seat_id),
    check ((state = 'blocked') = (order_id is null))
);
create index seats_of_order on seat_states (order_id) where order_id is not null;
