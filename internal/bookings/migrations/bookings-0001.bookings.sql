-- The last number of each showtime. Taken last in the transaction that accepts, so that numbers are in commit order.
create table if not exists numbers (
    showtime_id text primary key,
    last bigint not null
);

create table if not exists bookings (
    id text primary key,
    user_id text not null,
    event_id text not null,
    showtime_id text not null,
    number bigint not null,
    seat_id text not null,
    provider text not null,
    method jsonb not null,
    buyer_name text not null,
    buyer_email text not null,
    return_url text not null,
    status text not null check (status in ('accepted', 'held', 'requires_action', 'completed', 'failed')),
    hold_id text,
    checkout_id text not null unique,
    order_id text,
    action_url text,
    code text not null default '',
    message text not null default '',
    headers jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    tried_at timestamptz,
    aside boolean not null default false,
    due_at timestamptz not null,
    unique (showtime_id, number)
);
create index if not exists bookings_waiting on bookings (showtime_id, aside, number) where status = 'accepted';
create index if not exists bookings_followed on bookings (due_at) where status in ('held', 'requires_action');
create index if not exists bookings_user on bookings (user_id, id);

-- Who works on a showtime, and until when nobody else does.
create table if not exists turns (
    showtime_id text primary key,
    holder text not null default '',
    leased_until timestamptz not null default '-infinity'
);
