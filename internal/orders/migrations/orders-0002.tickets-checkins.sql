-- The private half is as the keyring sealed it, and is forgotten when another key has taken over.
create table ticket_keys (
    kid text primary key,
    public_key bytea not null,
    private_key text,
    signs_from timestamptz not null
);

create table tickets (
    id text primary key,
    order_id text not null references orders,
    user_id text not null,
    organization_id text not null,
    showtime_id text not null,
    seat_id text not null,
    tier text not null,
    section text not null,
    row_label text not null,
    number text not null,
    holder text not null default '',
    serial int not null check (serial between 1 and 65535),
    kid text not null,
    code text not null,
    revoked_by text,
    inside boolean not null default false,
    entered_at timestamptz,
    issued_at timestamptz not null,
    unique (order_id, seat_id)
);
-- However it came about that a seat was sold twice: two people never have a good ticket for it.
create unique index one_good_ticket_for_a_seat on tickets (showtime_id, seat_id) where revoked_by is null;
create index tickets_of_showtime on tickets (showtime_id);
create index tickets_of_key on tickets (kid, showtime_id);

-- Each time that a code was shown. `counted`: somebody went through; `conflict`: somebody did, and should not have.
create table checkins (
    id text primary key,
    organization_id text not null,
    nonce text not null,
    mark bytea not null,
    showtime_id text not null,
    ticket_id text references tickets,
    seat_id text not null default '',
    type text not null check (type in ('entry', 'exit')),
    gate text not null,
    at timestamptz not null,
    received_at timestamptz not null,
    user_id text not null,
    standing text not null check (standing in ('counted', 'conflict', 'refused')),
    reason text not null default '',
    answer jsonb not null,
    unique (organization_id, nonce)
);
create index checkins_of_showtime on checkins (showtime_id, id);
create index checkins_that_went_wrong on checkins (showtime_id, standing, id) where standing <> 'counted';
create index checkins_of_ticket on checkins (ticket_id, at);
