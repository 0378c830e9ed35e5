-- AlterTable
ALTER TABLE "bindings" ADD COLUMN     "companion_id" TEXT;

-- AlterTable
ALTER TABLE "observations" ADD COLUMN     "key_family" TEXT;

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "beside" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "bindings_companion_id_idx" ON "bindings"("companion_id");

-- The newest of each family is one look-up; most observations are of no pair.
CREATE INDEX "observations_of_pairs" ON "observations" ("binding_id", "key_family", "id" DESC) WHERE "key_family" IS NOT NULL;
