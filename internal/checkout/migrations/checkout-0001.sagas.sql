-- The tables of internal/platform/saga: where each saga of this service stands. Written before each step is called, and after.
create table if not exists sagas (
    id text primary key,
    name text not null,
    subject text not null,
    status text not null,
    position int not null,
    data jsonb not null,
    reason jsonb,
    stuck boolean not null default false,
    due_at timestamptz not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    -- what it was told, and how often it was woken: a runner that read fewer wakes than there are looks again
    signals text[] not null default '{}',
    wakes int not null default 0,
    -- whose turn it is to walk it; nobody's when the moment is over
    owner text not null default '',
    leased_until timestamptz not null default '-infinity'
);
-- one at a time about one thing, unless it came to nothing
create unique index if not exists sagas_subject on sagas (name, subject) where status in ('running', 'undoing', 'completed');
create index if not exists sagas_due on sagas (due_at) where status in ('running', 'undoing');

create table if not exists saga_steps (
    saga_id text not null references sagas on delete cascade,
    position int not null,
    name text not null,
    state text not null,
    tries int not null,
    undos int not null,
    failures int not null,
    error text not null,
    started_at timestamptz,
    tried_at timestamptz,
    ended_at timestamptz,
    deadline_at timestamptz,
    primary key (saga_id, position)
);
