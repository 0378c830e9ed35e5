-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "AccountKind" AS ENUM ('ADMIN', 'RESELLER', 'CUSTOMER');

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "parent_id" TEXT,
    "path" TEXT NOT NULL,
    "kind" "AccountKind" NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_tokens" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bindings" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "address_id" TEXT NOT NULL,
    "ip" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "certificate_id" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "refused_id" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(3),

    CONSTRAINT "bindings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "products" (
    "id" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "issuer_id" TEXT NOT NULL,
    "minor" BIGINT,
    "currency" CHAR(3),

    CONSTRAINT "products_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "certificates" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "issuer_id" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "serial" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "names" TEXT[],
    "key_algorithm" TEXT NOT NULL,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "not_after" TIMESTAMPTZ(3) NOT NULL,
    "chain" BYTEA[],
    "key_item_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revocation_reason" TEXT,

    CONSTRAINT "certificates_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployments" (
    "id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "generation" INTEGER,
    "changes" JSONB NOT NULL,
    "problem" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment_events" (
    "id" BIGSERIAL NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "step" TEXT NOT NULL,
    "because" TEXT NOT NULL,
    "problem" JSONB,

    CONSTRAINT "deployment_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "observations" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "binding_id" TEXT NOT NULL,
    "deployment_id" TEXT,
    "occasion" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "fingerprint" TEXT,
    "record" JSONB NOT NULL,
    "problem" JSONB,

    CONSTRAINT "observations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "domains" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "domains_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "orders" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "product_id" TEXT NOT NULL,
    "issuer_id" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "names" TEXT[],
    "key_algorithm" TEXT NOT NULL,
    "minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "state" TEXT NOT NULL,
    "key_item_id" TEXT,
    "csr" BYTEA,
    "placing_since" TIMESTAMPTZ(3),
    "locator" TEXT,
    "view" JSONB,
    "presented" JSONB NOT NULL DEFAULT '[]',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "certificate_id" TEXT,
    "problem" JSONB,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "wake_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "handed_on_at" TIMESTAMPTZ(3),

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_events" (
    "id" BIGSERIAL NOT NULL,
    "order_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "step" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "because" TEXT NOT NULL,
    "problem" JSONB,

    CONSTRAINT "order_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_claims" (
    "account_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "result_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_claims_pkey" PRIMARY KEY ("account_id","key")
);

-- CreateTable
CREATE TABLE "claims" (
    "resource" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "claims_pkey" PRIMARY KEY ("resource")
);

-- CreateTable
CREATE TABLE "vault_items" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "nonce" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vault_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "account_id" TEXT NOT NULL,
    "account_path" TEXT NOT NULL,
    "token_id" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT,
    "outcome" TEXT NOT NULL,
    "code" TEXT,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member_states" (
    "member" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "member_states_pkey" PRIMARY KEY ("member","key")
);

-- CreateTable
CREATE TABLE "member_secrets" (
    "member" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "vault_item_id" TEXT NOT NULL,

    CONSTRAINT "member_secrets_pkey" PRIMARY KEY ("member","name")
);

-- CreateTable
CREATE TABLE "servers" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "servers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "addresses" (
    "id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "ip" TEXT NOT NULL,
    "http_port" INTEGER NOT NULL,
    "https_port" INTEGER NOT NULL,

    CONSTRAINT "addresses_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sites" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "domain_id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sites_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "site_names" (
    "name" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "site_names_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_path_key" ON "accounts"("path");

-- CreateIndex
CREATE INDEX "accounts_path_idx" ON "accounts"("path" text_pattern_ops);

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_hash_key" ON "api_tokens"("hash");

-- CreateIndex
CREATE INDEX "api_tokens_account_id_id_idx" ON "api_tokens"("account_id", "id");

-- CreateIndex
CREATE INDEX "bindings_site_id_idx" ON "bindings"("site_id");

-- CreateIndex
CREATE INDEX "bindings_server_id_id_idx" ON "bindings"("server_id", "id");

-- CreateIndex
CREATE INDEX "bindings_certificate_id_idx" ON "bindings"("certificate_id");

-- CreateIndex
CREATE UNIQUE INDEX "bindings_address_id_port_name_key" ON "bindings"("address_id", "port", "name");

-- CreateIndex
CREATE UNIQUE INDEX "products_code_key" ON "products"("code");

-- CreateIndex
CREATE UNIQUE INDEX "certificates_fingerprint_key" ON "certificates"("fingerprint");

-- CreateIndex
CREATE INDEX "certificates_account_id_id_idx" ON "certificates"("account_id", "id");

-- CreateIndex
CREATE INDEX "certificates_not_after_idx" ON "certificates"("not_after");

-- CreateIndex
CREATE INDEX "deployments_server_id_id_idx" ON "deployments"("server_id", "id");

-- CreateIndex
CREATE INDEX "deployment_events_deployment_id_id_idx" ON "deployment_events"("deployment_id", "id");

-- CreateIndex
CREATE INDEX "observations_binding_id_id_idx" ON "observations"("binding_id", "id" DESC);

-- CreateIndex
CREATE INDEX "observations_deployment_id_idx" ON "observations"("deployment_id");

-- CreateIndex
CREATE UNIQUE INDEX "domains_name_key" ON "domains"("name");

-- CreateIndex
CREATE INDEX "domains_account_id_id_idx" ON "domains"("account_id", "id");

-- CreateIndex
CREATE INDEX "orders_account_id_id_idx" ON "orders"("account_id", "id");

-- CreateIndex
CREATE INDEX "orders_site_id_id_idx" ON "orders"("site_id", "id");

-- CreateIndex
CREATE INDEX "orders_certificate_id_idx" ON "orders"("certificate_id");

-- CreateIndex
CREATE INDEX "order_events_order_id_id_idx" ON "order_events"("order_id", "id");

-- CreateIndex
CREATE INDEX "vault_items_key_id_idx" ON "vault_items"("key_id");

-- CreateIndex
CREATE INDEX "audit_entries_account_path_id_idx" ON "audit_entries"("account_path" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "servers_account_id_id_idx" ON "servers"("account_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "addresses_server_id_ip_key" ON "addresses"("server_id", "ip");

-- CreateIndex
CREATE INDEX "sites_account_id_id_idx" ON "sites"("account_id", "id");

-- CreateIndex
CREATE INDEX "sites_domain_id_idx" ON "sites"("domain_id");

-- CreateIndex
CREATE INDEX "sites_server_id_idx" ON "sites"("server_id");

-- CreateIndex
CREATE INDEX "site_names_site_id_idx" ON "site_names"("site_id");

-- AddForeignKey
ALTER TABLE "deployment_events" ADD CONSTRAINT "deployment_events_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_events" ADD CONSTRAINT "order_events_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "site_names" ADD CONSTRAINT "site_names_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "sites"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- One root of the tree of accounts, also where two first starts meet.
CREATE UNIQUE INDEX "accounts_one_root" ON "accounts" ((parent_id IS NULL)) WHERE parent_id IS NULL;
