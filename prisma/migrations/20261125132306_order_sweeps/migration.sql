-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "name_set" TEXT,
ADD COLUMN     "swept_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "idempotency_claims_at_idx" ON "idempotency_claims"("at");

-- CreateIndex
CREATE INDEX "orders_state_id_idx" ON "orders"("state", "id");

-- CreateIndex
CREATE INDEX "orders_names_idx" ON "orders" USING GIN ("names");


-- One open order of a site for the same names, however many callers ask at once.
CREATE UNIQUE INDEX "orders_one_open" ON "orders" ("site_id", "name_set")
  WHERE "state" IN ('PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING', 'ISSUING');

-- What an account has under way is counted at each placing.
CREATE INDEX "orders_open_of_account" ON "orders" ("account_id")
  WHERE "state" IN ('PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING', 'ISSUING');

-- The sweeps look at the few orders that are not done, whatever the number of those that are.
CREATE INDEX "orders_to_advance" ON "orders" ("swept_at" NULLS FIRST, "id")
  WHERE "state" IN ('PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING', 'ISSUING') OR "presented" <> '[]';
CREATE INDEX "orders_to_hand_on" ON "orders" ("swept_at" NULLS FIRST, "id")
  WHERE "state" = 'ISSUED' AND "handed_on_at" IS NULL;

-- The keys of orders that came to nothing.
DELETE FROM "vault_items" WHERE "id" IN (SELECT "key_item_id" FROM "orders" WHERE "state" IN ('FAILED', 'REJECTED', 'CANCELLED'));
UPDATE "orders" SET "key_item_id" = NULL, "csr" = NULL WHERE "state" IN ('FAILED', 'REJECTED', 'CANCELLED');
