-- The nginx of the machine is one, as the edge is: a second server would take away at it what the first one serves.
CREATE UNIQUE INDEX "servers_one_nginx" ON "servers" ("kind") WHERE "kind" = 'NGINX';
