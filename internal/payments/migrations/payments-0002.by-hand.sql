-- Money that a person gave back, where the provider would not or was gone: how, and who says so.
alter table refunds add column if not exists by_hand text not null default '';
alter table refunds add column if not exists settled_by text not null default '';
create index if not exists refunds_failed on refunds (payment_id) where status = 'failed';
