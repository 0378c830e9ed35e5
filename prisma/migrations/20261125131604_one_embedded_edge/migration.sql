-- AlterTable
ALTER TABLE "addresses" ADD COLUMN     "configured" BOOLEAN NOT NULL DEFAULT false;

-- The edge beside the platform is one: a second server would take away at it what the first one serves.
CREATE UNIQUE INDEX "servers_one_embedded_edge" ON "servers" ("kind") WHERE "kind" = 'EMBEDDED_EDGE';
