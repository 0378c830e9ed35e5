-- DropIndex
DROP INDEX "servers_one_embedded_edge";
DROP INDEX "servers_one_nginx";

-- AlterTable: which server of which machine it is. Those that are there are the only ones of their kind on this one.
ALTER TABLE "servers" ADD COLUMN     "host_id" TEXT,
ADD COLUMN     "name_on_host" TEXT;
UPDATE "servers" SET "name_on_host" = CASE "kind" WHEN 'EMBEDDED_EDGE' THEN 'edge' ELSE lower("kind") END;
ALTER TABLE "servers" ALTER COLUMN "name_on_host" SET NOT NULL;

-- A server of a machine is registered once: a second entry would take away at it what the first one serves.
CREATE UNIQUE INDEX "servers_one_on_host" ON "servers" (COALESCE("host_id", ''), "name_on_host");

-- AlterTable
ALTER TABLE "addresses" ADD COLUMN     "mail_ports" JSONB NOT NULL DEFAULT '[]',
ALTER COLUMN "http_port" DROP NOT NULL,
ALTER COLUMN "https_port" DROP NOT NULL;

-- AlterTable
ALTER TABLE "bindings" ADD COLUMN     "start_tls" TEXT;
ALTER TABLE "placements" ADD COLUMN     "start_tls" TEXT;
