-- AlterTable
ALTER TABLE "api_tokens" ADD COLUMN     "made_by" TEXT;

-- CreateIndex
CREATE INDEX "api_tokens_made_by_idx" ON "api_tokens"("made_by");

