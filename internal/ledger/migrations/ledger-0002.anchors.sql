-- Up to which row the end of the chain was told outside of this database.
alter table audit_head add column if not exists anchored bigint not null default 0;
