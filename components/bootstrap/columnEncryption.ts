import { createHash } from "node:crypto";
import { escapeLiteral as literal, escapeIdentifier as name } from "pg";
import type { Step } from "./steps";

/** Where the functions are; docs/operations.md tells applications how to use them. */
export const SCHEMA = "license_crypto";

/** What a ciphertext begins with: the format's version. */
const FORMAT = 1;

/**
 * R12: column encryption by pgcrypto, with the keys outside of the database. A transaction is lent the keys it needs
 * (`set_key`, parameters of the session that end with the transaction, so a pooler passes none on); every ciphertext
 * names its key, so that keys can change while old rows wait for their turn.
 *
 * OpenPGP messages (AES-256, with a check of integrity and a random session key): equal values look different. The
 * key is 256 random bits, not a phrase, so it is salted and not stretched: stretching takes a hundred times as long.
 *
 * What is here runs with the caller's rights and knows no key. Its format must not change: rows are written in it.
 */
const FUNCTIONS = `
create or replace function ${SCHEMA}.set_key(id text, key text) returns void
  language plpgsql volatile strict set search_path = pg_catalog, pg_temp as $$
  declare
    size int;
  begin
    if id !~ '^[a-z0-9_]{1,40}$' then
      raise exception 'the id of a key has 1 to 40 characters of a-z, 0-9 and _' using errcode = '22023';
    end if;
    begin
      size := octet_length(decode(key, 'base64'));
    exception when others then
      size := 0; -- what the server says of it would show a part of the key
    end;
    if size <> 32 then
      raise exception 'the key % is not 32 bytes in base64', id
        using errcode = '22023', hint = 'Make one with: openssl rand -base64 32';
    end if;
    perform set_config('${SCHEMA}.key_' || id, key, true);
  end $$;

create or replace function ${SCHEMA}.key_of(id text) returns text
  language plpgsql stable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  declare
    key text := current_setting('${SCHEMA}.key_' || id, true);
  begin
    if key is null or key = '' then
      raise exception 'this transaction has no key %', id
        using errcode = '55000', hint = 'In the same transaction: select ${SCHEMA}.set_key($1, $2)';
    end if;
    return key;
  end $$;

create or replace function ${SCHEMA}.key_id(data bytea) returns text
  language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
  begin
    if octet_length(data) < 4 or get_byte(data, 0) <> ${FORMAT} then
      raise exception 'this was not made by ${SCHEMA}.encrypt' using errcode = '22023';
    end if;
    return convert_from(substr(data, 3, get_byte(data, 1)), 'UTF8');
  end $$;

create or replace function ${SCHEMA}.encrypt(plain text, key_id text) returns bytea
  language sql volatile strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select set_byte('\\x0${FORMAT}00', 1, octet_length(key_id)) || convert_to(key_id, 'UTF8') ||
      public.pgp_sym_encrypt(plain, ${SCHEMA}.key_of(key_id), 'cipher-algo=aes256, s2k-mode=1, s2k-digest-algo=sha256')
  $$;

create or replace function ${SCHEMA}.decrypt(data bytea) returns text
  language sql stable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select public.pgp_sym_decrypt(substr(data, 3 + get_byte(data, 1)), ${SCHEMA}.key_of(${SCHEMA}.key_id(data)))
  $$;

create or replace function ${SCHEMA}.blind_index(plain text, key_id text) returns bytea
  language sql stable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select public.hmac(convert_to(plain, 'UTF8'), decode(${SCHEMA}.key_of(key_id), 'base64'), 'sha256')
  $$;
`;

/** In the database itself, so that a look tells whether its functions are these. */
const MARK = `column encryption of license-db, ${createHash("sha256").update(FUNCTIONS).digest("hex").slice(0, 16)}`;
const COUNT = FUNCTIONS.split("create or replace function").length - 1;

/** $1: the mark; $2: the application's role. */
const IN_PLACE = `
  select 1 from pg_namespace as home
   where nspname = '${SCHEMA}' and obj_description(home.oid, 'pg_namespace') = $1
     and ${COUNT} = (select count(*) from pg_proc where pronamespace = home.oid)
     and case when exists (select from pg_roles where rolname = $2) then has_schema_privilege($2, home.oid, 'usage') end`;

/** In the application's database, once pgcrypto is there. */
export const columnEncryption = (role: string): Step => ({
  unless: [IN_PLACE, MARK, role],
  run: `create schema if not exists ${SCHEMA};
revoke all on schema ${SCHEMA} from public;
grant usage on schema ${SCHEMA} to ${name(role)};
${FUNCTIONS}
comment on schema ${SCHEMA} is ${literal(MARK)}`,
  did: `functions of column encryption (${SCHEMA}) put in place`,
});
