-- CreateTable
CREATE TABLE "brought_certificates" (
    "certificate_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "brought_certificates_pkey" PRIMARY KEY ("certificate_id","site_id")
);

