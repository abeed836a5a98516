-- From where it was asked, for the provider; forgotten with how it was to be paid.
alter table bookings add column if not exists buyer_ip text not null default '';
