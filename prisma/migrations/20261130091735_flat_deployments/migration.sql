-- AlterTable
ALTER TABLE "bindings" ADD COLUMN     "lot" DOUBLE PRECISION NOT NULL DEFAULT random(),
ADD COLUMN     "settled" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "placements" ADD COLUMN     "leaving" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "server_comparisons" (
    "server_id" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "asked" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "server_comparisons_pkey" PRIMARY KEY ("server_id")
);

-- CreateIndex
CREATE INDEX "server_comparisons_due_at_idx" ON "server_comparisons"("due_at");

-- CreateIndex
CREATE INDEX "bindings_server_id_ip_lot_idx" ON "bindings"("server_id", "ip", "lot");

-- What there is to do, without what is done: as small as the changes that are under way.
CREATE INDEX "bindings_unsettled" ON "bindings" ("server_id", "attempts", "id") WHERE NOT "settled";
CREATE INDEX "placements_leaving" ON "placements" ("server_id") WHERE "leaving";

-- Every server there is, once.
INSERT INTO "server_comparisons" ("server_id", "due_at") SELECT "id", now() FROM "servers";
