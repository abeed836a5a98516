create table if not exists charges (
    key text primary key,
    id text not null unique,
    "order" text not null,
    amount bigint not null,
    currency text not null,
    state text not null,
    behaviour text not null,
    brand text not null default '',
    last4 text not null default '',
    code text not null default '',
    message text not null default '',
    captured bigint not null default 0,
    refunded bigint not null default 0,
    return_url text not null default '',
    webhook_url text not null default '',
    created_at timestamptz not null default now(),
    due_at timestamptz,
    check (0 <= refunded and refunded <= captured and captured <= amount)
);
create index if not exists charges_due on charges (due_at) where due_at is not null;

create table if not exists refunds (
    key text primary key,
    id text not null unique,
    charge_key text not null references charges,
    amount bigint not null check (amount > 0),
    state text not null,
    code text not null default '',
    message text not null default '',
    created_at timestamptz not null default now(),
    due_at timestamptz
);
create index if not exists pos_refunds_due on refunds (due_at) where due_at is not null;

-- what is still to be sent to the merchant
create table if not exists messages (
    id text primary key,
    url text not null,
    body bytea not null,
    copies integer not null default 1,
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    due_at timestamptz not null
);
create index if not exists messages_due on messages (due_at);
