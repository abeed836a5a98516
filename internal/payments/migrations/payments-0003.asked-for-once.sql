-- Attempts of a refund that, for certain, did not reach its provider: one that keeps no keys is asked only once.
alter table refunds add column if not exists unheard integer not null default 0;
