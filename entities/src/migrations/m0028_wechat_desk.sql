-- Serial of the merchant's key that signed the prepay: the page that pays must be signed with the same one.
ALTER TABLE payment_attempt ADD COLUMN merchant_serial text;
