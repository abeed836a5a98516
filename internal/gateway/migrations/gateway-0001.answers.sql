-- No table of its own: the platform's is all that it needs.
comment on table idempotency is 'The answers to operators'' acts, for a day.';
