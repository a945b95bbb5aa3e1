import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";

/** Rows of each table for one unit of scale; a thousand units are 1 GB of rows, 1.8 GB with indexes. */
const CUSTOMERS = 200;
const LICENSES = 1_000;
const ACTIVATIONS = 1_000;
const AUDIT = 2_400;
const USAGE = 800;

/**
 * A license product's database of any size, the same rows for the same scale: all is made by the server, from series and
 * hashes. Works on PostgreSQL 12 and newer.
 */
export async function makeSample(client: Client, scale: number): Promise<void> {
  await client.query(readFileSync(join(__dirname, "schema.sql"), "utf8"));
  const count = (each: number) => Math.max(1, Math.round(each * scale));
  const [customers, licenses] = [count(CUSTOMERS), count(LICENSES)];
  // Triggers would count each activation one by one.
  const statements = [
    "set session_replication_role = replica",
    "set synchronous_commit = off",
    `insert into licensing.products
       select 'P' || i, 'Product ' || i, i * 19.9, jsonb_build_object('modules', to_jsonb(array['core', 'report', md5(i::text)]), 'max', i)
         from generate_series(1, 25) i`,
    `insert into licensing.customers (name, contact, country, address, tags, created)
       select initcap(left(md5(i::text), 8)) || ' ' || (array['Ltd', 'GmbH', 'Inc', 'S.A.', 'KK', 'Ü & Sons "x"'])[1 + i % 6],
              'license-' || i || '@' || left(md5('d' || i), 10) || '.example', (array['DE', 'US', 'CN', 'JP', 'FR'])[1 + i % 5],
              jsonb_build_object('street', md5('s' || i), 'city', left(md5('c' || i), 9), 'zip', i % 99999),
              array['since-' || 2010 + i % 15, left(md5('t' || i), 5)],
              timestamptz '2024-01-01 00:00Z' + (i % 900) * interval '1 day' + (i % 86400) * interval '1 second'
         from generate_series(1, ${customers}) i`,
    `insert into licensing.licenses (id, customer, product, tier, seats, used, valid, key)
       select md5('license' || i)::uuid, 1 + (i::bigint * 7919) % ${customers}, 'P' || 1 + i % 25,
              (array['trial', 'standard', 'enterprise'])[1 + i % 3]::licensing.tier, 1000 + i % 500, i % 400,
              tstzrange(timestamptz '2025-01-01 00:00Z' + (i % 365) * interval '1 day', timestamptz '2027-01-01 00:00Z'),
              decode(md5('k' || i) || md5('l' || i), 'hex')
         from generate_series(1, ${licenses}) i`,
    `insert into licensing.activations (license, machine, address, activated, last_seen, "Client Version")
       select md5('license' || 1 + i % ${licenses})::uuid, 'host-' || i || '.' || left(md5('m' || i), 12),
              ('10.' || i % 256 || '.' || i / 256 % 256 || '.' || i / 65536 % 256)::inet,
              timestamptz '2025-06-01 00:00Z' + (i % 400) * interval '1 hour',
              case when i % 4 > 0 then timestamptz '2026-11-01 00:00Z' - (i % 9000) * interval '1 minute' end,
              '4.' || i % 20 || '.' || i % 7
         from generate_series(1, ${count(ACTIVATIONS)}) i`,
    `insert into licensing.audit (at, actor, action, license, detail)
       select timestamptz '2026-09-01 00:00Z' + (i::float8 / ${count(AUDIT)}) * interval '85 days',
              'user' || i % 500, (array['check', 'activate', 'renew', 'revoke', 'login'])[1 + i % 5],
              md5('license' || 1 + i % ${licenses})::uuid,
              jsonb_build_object('ip', '10.1.' || i % 250 || '.' || i % 99, 'agent', md5('a' || i % 97), 'ok', i % 13 > 0, 'ms', i % 997,
                                 'request', md5('r' || i), 'note', repeat(left(md5('n' || i), 6), 1 + i % 9))
         from generate_series(1, ${count(AUDIT)}) i`,
    `insert into licensing.usage
       select md5('license' || 1 + i % ${licenses})::uuid, timestamptz '2026-11-01 00:00Z' + i * interval '1 second', (i % 1000) / 7.0
         from generate_series(1, ${count(USAGE)}) i`,
    "set session_replication_role = origin",
    "reset synchronous_commit",
    "refresh materialized view licensing.revenue",
    "analyze",
  ];
  for (const statement of statements) await client.query(statement);
}
