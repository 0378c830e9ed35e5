-- AlterTable
ALTER TABLE "bindings" ADD COLUMN     "again" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "findings" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "who_acts" TEXT NOT NULL,
    "repair" TEXT,
    "diagnosis" JSONB NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "findings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alarms" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "diagnosis" JSONB NOT NULL,
    "raised_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "alarms_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "repairs" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "finding_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "asked_by" JSONB NOT NULL,
    "waits_for" JSONB,
    "order_id" TEXT,
    "problem" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "wake_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "repairs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "site_checks" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "occasion" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "progress" JSONB,
    "record" JSONB,
    "fine" BOOLEAN NOT NULL DEFAULT false,
    "problem" JSONB,

    CONSTRAINT "site_checks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "findings_account_id_id_idx" ON "findings"("account_id", "id");

-- CreateIndex
CREATE INDEX "findings_site_id_id_idx" ON "findings"("site_id", "id");

-- CreateIndex
CREATE INDEX "alarms_account_id_id_idx" ON "alarms"("account_id", "id");

-- CreateIndex
CREATE INDEX "alarms_site_id_id_idx" ON "alarms"("site_id", "id");

-- CreateIndex
CREATE INDEX "repairs_finding_id_id_idx" ON "repairs"("finding_id", "id");

-- CreateIndex
CREATE INDEX "repairs_site_id_id_idx" ON "repairs"("site_id", "id");

-- CreateIndex
CREATE INDEX "site_checks_site_id_id_idx" ON "site_checks"("site_id", "id" DESC);


-- A name has one check that waits, a finding one open row, a site one open alarm, a finding one repair under way.
CREATE UNIQUE INDEX "site_checks_waiting" ON "site_checks" ("site_id", "name") WHERE "started_at" IS NULL;
CREATE UNIQUE INDEX "findings_open" ON "findings" ("site_id", "name", "key") WHERE "resolved_at" IS NULL;
CREATE UNIQUE INDEX "alarms_open" ON "alarms" ("site_id") WHERE "ended_at" IS NULL;
CREATE UNIQUE INDEX "repairs_open" ON "repairs" ("finding_id") WHERE "finished_at" IS NULL;

-- For the sweeps: each is over the few rows that are due, or old.
CREATE INDEX "site_checks_due" ON "site_checks" ("due_at") WHERE "finished_at" IS NULL;
CREATE INDEX "site_checks_ended" ON "site_checks" ("finished_at") WHERE "finished_at" IS NOT NULL;
CREATE INDEX "findings_resolved" ON "findings" ("resolved_at") WHERE "resolved_at" IS NOT NULL;
CREATE INDEX "alarms_ended" ON "alarms" ("ended_at") WHERE "ended_at" IS NOT NULL;
CREATE INDEX "repairs_due" ON "repairs" ("wake_at") WHERE "finished_at" IS NULL;
CREATE INDEX "repairs_ended" ON "repairs" ("finished_at") WHERE "finished_at" IS NOT NULL;
