-- CreateTable
CREATE TABLE "hosts" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "user" TEXT NOT NULL,
    "host_key" TEXT,
    "public_key" TEXT NOT NULL,
    "key_item_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'UNKNOWN',
    "state_at" TIMESTAMPTZ(3) NOT NULL,
    "problem" JSONB,

    CONSTRAINT "hosts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "hosts_account_id_id_idx" ON "hosts"("account_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "hosts_address_port_user_key" ON "hosts"("address", "port", "user");

