-- AlterTable
ALTER TABLE "observations" ALTER COLUMN "binding_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "placements" (
    "server_id" TEXT NOT NULL,
    "ip" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "proven" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(3),

    CONSTRAINT "placements_pkey" PRIMARY KEY ("server_id","ip","port","name")
);

-- CreateIndex
CREATE INDEX "certificates_names_idx" ON "certificates" USING GIN ("names");

-- What deployments have put on servers so far.
INSERT INTO "placements" ("server_id", "ip", "port", "name", "account_id", "proven")
SELECT "server_id", change ->> 'address', (change ->> 'port')::int, change ->> 'name', change ->> 'accountId', true
FROM "deployments", jsonb_array_elements("changes" -> 'changes') AS change
WHERE "state" <> 'REFUSED'
ON CONFLICT DO NOTHING;

-- For the sweeps: each is over the few rows that are due, whatever the number of the others.
CREATE INDEX "deployments_open" ON "deployments" ("server_id") WHERE "finished_at" IS NULL;
CREATE INDEX "deployments_ended" ON "deployments" ("finished_at") WHERE "finished_at" IS NOT NULL;
CREATE INDEX "bindings_retry" ON "bindings" ("retry_at") WHERE "retry_at" IS NOT NULL;
CREATE INDEX "placements_retry" ON "placements" ("retry_at") WHERE "retry_at" IS NOT NULL;
CREATE INDEX "observations_checks" ON "observations" ("at") WHERE "occasion" = 'CHECK';
