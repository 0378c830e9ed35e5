-- AlterTable
ALTER TABLE "addresses" ADD COLUMN     "dedicated_to" TEXT;

