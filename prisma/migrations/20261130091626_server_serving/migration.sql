-- AlterTable
ALTER TABLE "servers" ADD COLUMN     "serving" TEXT NOT NULL DEFAULT 'FILES';

