-- Stripe may say of a refund that succeeded, up to a month later, that its money came back.
alter table webhook_events add column if not exists refund_failed boolean not null default false;
alter table refunds add column if not exists compared_at timestamptz;
create index if not exists refunds_updated on refunds (updated_at) where status = 'succeeded';
