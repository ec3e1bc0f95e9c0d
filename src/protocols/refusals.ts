/** R17: what a server says to who has not said its passphrase, by which a client knows that there is one. */
export const WRONG_PASSPHRASE = 'The passphrase is missing or wrong.';
