-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "challenge_check" JSONB;

