-- AlterTable
ALTER TABLE "products" ALTER COLUMN "issuer_id" DROP NOT NULL;


-- Sold by quote: the quote names the issuer. DV: the shipped list named the only issuer that there was; now the platform's default signs.
UPDATE "products" SET "issuer_id" = NULL WHERE "issuer_id" = '' OR ("code" = 'dv' AND "issuer_id" = 'local-ca');
