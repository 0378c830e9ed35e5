-- CreateTable
CREATE TABLE "server_drift" (
    "server_id" TEXT NOT NULL,
    "looked_at" TIMESTAMPTZ(3) NOT NULL,
    "found_at" TIMESTAMPTZ(3),
    "found" JSONB NOT NULL DEFAULT '[]',
    "set_right_at" TIMESTAMPTZ(3),

    CONSTRAINT "server_drift_pkey" PRIMARY KEY ("server_id")
);

