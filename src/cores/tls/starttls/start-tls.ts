/** What is spoken in the clear before TLS: SMTP (RFC 3207), IMAP (RFC 9051 6.2.1), POP3 (RFC 2595 4). */
export type StartTls = 'smtp' | 'imap' | 'pop3';
