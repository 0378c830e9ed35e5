-- AlterTable
ALTER TABLE "bindings" ADD COLUMN     "shown_fingerprint" TEXT,
ADD COLUMN     "shown_since" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "servers" ADD COLUMN     "pool_id" TEXT;

-- CreateTable
CREATE TABLE "pools" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "front_server_id" TEXT,
    "front_backend" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pools_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lagging_members" (
    "server_id" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "taken_out_at" TIMESTAMPTZ(3),
    "front_server_id" TEXT,
    "front_backend" TEXT,

    CONSTRAINT "lagging_members_pkey" PRIMARY KEY ("server_id")
);

-- CreateTable
CREATE TABLE "site_servers" (
    "site_id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,

    CONSTRAINT "site_servers_pkey" PRIMARY KEY ("site_id","server_id")
);

-- CreateIndex
CREATE INDEX "pools_account_id_id_idx" ON "pools"("account_id", "id");

-- CreateIndex
CREATE INDEX "site_servers_server_id_idx" ON "site_servers"("server_id");

-- CreateIndex
CREATE INDEX "servers_pool_id_idx" ON "servers"("pool_id");

