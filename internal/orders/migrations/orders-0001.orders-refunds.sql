-- What orders knows of a showtime: when it is, for the rule of refunds, and whether it was called off. The row of a
-- showtime that was called off before anybody ordered has no moment yet.
create table showtimes (
    showtime_id text primary key,
    starts_at timestamptz,
    time_zone text not null default 'UTC',
    called_off boolean not null default false,
    reason text not null default '',
    -- every order of a showtime called off was seen to
    settled boolean not null default false
);
create index showtimes_unsettled on showtimes (showtime_id) where called_off and not settled;

create table orders (
    id text primary key,
    saga_id text not null,
    hold_id text not null,
    user_id text not null,
    event_id text not null,
    event_name text not null,
    organization_id text not null,
    showtime_id text not null references showtimes,
    total bigint not null check (total >= 0),
    currency text not null,
    status text not null check (status in ('pending', 'completed', 'canceled', 'partially_refunded', 'refunded')),
    stopped text not null check (stopped in ('', 'buyer', 'showtime')),
    -- never more goes back than came in, whatever the code believes
    refunded bigint not null check (refunded between 0 and total),
    payment_id text,
    reason text not null,
    buyer_name text not null,
    buyer_email text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- when it was last compared with seats and payments, and what differed then
    compared_at timestamptz,
    differs text not null default ''
);
create index orders_of_user on orders (user_id, created_at desc, id desc);
create index orders_of_organization on orders (organization_id, created_at desc, id desc);
create index orders_of_event on orders (event_id, created_at desc, id desc);
create index orders_of_showtime on orders (showtime_id, created_at desc, id desc);
create index orders_to_compare on orders (updated_at) where status not in ('pending', 'canceled') and compared_at is null;
create index orders_that_differ on orders (compared_at) where differs <> '';

create table refunds (
    id text primary key,
    order_id text not null references orders,
    payment_id text,
    seat_ids text[] not null,
    amount bigint not null check (amount >= 0),
    currency text not null,
    reason text not null,
    requested_by text not null,
    status text not null check (status in ('requested', 'succeeded', 'failed')),
    failure text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index refunds_of_order on refunds (order_id, id);

-- A seat has one `refund_id` at a time: two refunds cannot have the same seat.
create table order_items (
    order_id text not null references orders,
    seat_id text not null,
    position int not null,
    tier text not null,
    price bigint not null check (price >= 0),
    section text not null,
    row text not null,
    number text not null,
    refund_id text references refunds,
    refunded boolean not null default false,
    primary key (order_id, seat_id),
    check (not refunded or refund_id is not null)
);
create index items_of_refund on order_items (refund_id) where refund_id is not null;

-- Orders that were cancelled before they were made: the command to make them comes late, or never.
create table never_made (
    order_id text primary key,
    reason text not null,
    created_at timestamptz not null
);
