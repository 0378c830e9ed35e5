-- AlterTable
ALTER TABLE "sites" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3),
ADD COLUMN     "deleted_names" TEXT[];

