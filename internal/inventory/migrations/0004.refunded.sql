-- A hold that was bought is found by its id, also when its order was refunded since.
create index refunded_holds on holds (hold_id) where state = 'refunded';
