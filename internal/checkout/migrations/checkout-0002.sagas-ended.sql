-- Those that ended, by when: what is looked for to be forgotten.
create index if not exists sagas_ended on sagas (ended_at) where ended_at is not null;
