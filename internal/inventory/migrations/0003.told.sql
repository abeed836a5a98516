-- Each process learns which hall a new showtime is sold in, before its first buyer comes.
create index showtimes_told on showtimes (told_at) where published and not closed;
