-- An entry for no-shows is objected to by naming the booking that was none.

ALTER TABLE credit_no_show ADD COLUMN booking_no TEXT;
ALTER TABLE credit_application ADD COLUMN booking_no TEXT;
