-- Every price that a tier ever had: what is held is bought at the price of the moment at which it was held.
create table if not exists prices (
    showtime_id text not null references showtimes on delete cascade,
    name text not null,
    tier_id text not null,
    price bigint not null check (price >= 0),
    since timestamptz not null,
    primary key (showtime_id, name, since)
);
