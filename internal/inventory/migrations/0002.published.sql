-- What is told of a showtime may come in any order, and before its publication: it is kept, and nothing of it is sold.
alter table showtimes add column published boolean not null default true;
alter table showtimes alter column published set default false;
