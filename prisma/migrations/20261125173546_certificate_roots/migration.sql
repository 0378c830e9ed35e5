-- AlterTable
ALTER TABLE "certificates" ADD COLUMN     "root" BYTEA;

