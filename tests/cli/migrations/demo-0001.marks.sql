-- What the tests' worker writes, to see that a second start still has it.
create table marks (made_at timestamptz not null default now());
