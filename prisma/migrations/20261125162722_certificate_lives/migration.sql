-- AlterTable
ALTER TABLE "certificates" ADD COLUMN     "advice_ask_at" TIMESTAMPTZ(3),
ADD COLUMN     "advice_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "advice_checked_at" TIMESTAMPTZ(3),
ADD COLUMN     "advice_end" TIMESTAMPTZ(3),
ADD COLUMN     "advice_renew_at" TIMESTAMPTZ(3),
ADD COLUMN     "advice_start" TIMESTAMPTZ(3),
ADD COLUMN     "advice_url" TEXT,
ADD COLUMN     "revocation_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "revocation_due_at" TIMESTAMPTZ(3),
ADD COLUMN     "revocation_problem" JSONB,
ADD COLUMN     "revocation_requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "revocation_state" TEXT;

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "replaces_id" TEXT;

-- CreateTable
CREATE TABLE "issuer_accounts" (
    "issuer_id" TEXT NOT NULL,
    "key_change_requested_at" TIMESTAMPTZ(3) NOT NULL,
    "key_changed_at" TIMESTAMPTZ(3),
    "key_change_due_at" TIMESTAMPTZ(3),
    "problem" JSONB,

    CONSTRAINT "issuer_accounts_pkey" PRIMARY KEY ("issuer_id")
);


-- Each minute, of many certificates, the few of one CA that it is asked about, and those that it is told to revoke.
CREATE INDEX "certificates_to_advise" ON "certificates" ("issuer_id", "advice_ask_at") WHERE "advice_ask_at" IS NOT NULL;
CREATE INDEX "certificates_to_revoke" ON "certificates" ("revocation_due_at") WHERE "revocation_due_at" IS NOT NULL;
