-- No table of its own: the answers to operators' acts are in `idempotency`, which the platform's migrations make.
select 1;
