-- CreateTable
CREATE TABLE "site_moves" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "from_server_id" TEXT NOT NULL,
    "to_server_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "added" TEXT[],
    "leaving" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "switched_at" TIMESTAMPTZ(3),
    "left_since" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "site_moves_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "site_moves_site_id_id_idx" ON "site_moves"("site_id", "id");


-- A site goes one way at a time.
CREATE UNIQUE INDEX "site_moves_one_open" ON "site_moves" ("site_id") WHERE "finished_at" IS NULL;
