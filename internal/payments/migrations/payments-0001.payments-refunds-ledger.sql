create table if not exists payments (
    id text primary key,
    order_id text not null,
    saga_id text not null,
    user_id text not null,
    provider text not null,
    amount bigint not null check (amount >= 0),
    currency text not null,
    status text not null check (status in
        ('created', 'requires_action', 'processing', 'authorized', 'unknown', 'succeeded', 'failed', 'canceled')),
    reference text not null default '',
    action_url text not null default '',
    code text not null default '',
    message text not null default '',
    brand text not null default '',
    last4 text not null default '' check (length(last4) <= 4),
    captured bigint not null default 0,
    refunding bigint not null default 0,
    refunded bigint not null default 0,
    attempts integer not null default 0,
    -- when the provider is to be asked next; null when there is nothing left to ask
    due_at timestamptz,
    -- somebody asks just now, and has until then
    leased_until timestamptz,
    compared_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (captured in (0, amount)),
    check (0 <= refunded and refunded <= refunding and refunding <= captured),
    check (status <> 'succeeded' or captured = amount)
);
create index if not exists payments_due on payments (due_at) where due_at is not null;
create index if not exists payments_order on payments (order_id);
create index if not exists payments_reference on payments (provider, reference) where reference <> '';
create index if not exists payments_updated on payments (updated_at);

create table if not exists refunds (
    id text primary key,
    payment_id text not null references payments,
    order_id text not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    reason text not null,
    status text not null check (status in ('pending', 'succeeded', 'failed')),
    reference text not null default '',
    code text not null default '',
    message text not null default '',
    attempts integer not null default 0,
    due_at timestamptz,
    leased_until timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists refunds_due on refunds (due_at) where due_at is not null;
create index if not exists refunds_payment on refunds (payment_id);

create table if not exists webhook_events (
    provider text not null,
    event_id text not null,
    kind text not null,
    payment_id text not null,
    reference text not null,
    refund_id text not null,
    outcome jsonb,
    received_at timestamptz not null default now(),
    attempts integer not null default 0,
    due_at timestamptz default now(),
    primary key (provider, event_id)
);
create index if not exists webhook_events_due on webhook_events (due_at) where due_at is not null;
create index if not exists webhook_events_received on webhook_events (received_at);

create table if not exists ledger_entries (
    posting text not null,
    account text not null,
    amount bigint not null check (amount <> 0),
    currency text not null,
    order_id text not null,
    payment_id text not null references payments,
    refund_id text references refunds,
    at timestamptz not null default now(),
    primary key (posting, account)
);
create index if not exists ledger_entries_order on ledger_entries (order_id);

-- Every posting is balanced, in one currency, when its transaction ends; what is written stays as it is.
create or replace function ledger_is_balanced() returns trigger language plpgsql as $$
begin
    if (select sum(amount) <> 0 or count(distinct currency) <> 1 from ledger_entries where posting = new.posting) then
        raise exception 'the posting % is not balanced', new.posting using errcode = 'check_violation';
    end if;
    return null;
end $$;
create or replace function ledger_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is only ever added to' using errcode = 'check_violation';
end $$;
create constraint trigger ledger_balanced after insert on ledger_entries
    deferrable initially deferred for each row execute function ledger_is_balanced();
create trigger ledger_final before update or delete on ledger_entries
    for each row execute function ledger_is_final();
