import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entryOf, forOlder, kept, makesSchemas, restoreErrors } from "../../../../ops/migrate/toc";

const LIST = `;
; Archive created at 2026-11-22 20:15:00 UTC
;     dbname: product
;
; Selected TOC Entries:
;
6; 2615 16400 SCHEMA - licensing owner
3; 3079 16390 EXTENSION - pgcrypto 
4021; 0 0 COMMENT - EXTENSION pgcrypto 
650; 1247 16402 TYPE licensing tier owner
215; 1259 16410 TABLE licensing customers owner
4022; 0 0 COMMENT licensing TABLE customers owner
4023; 0 0 ACL licensing TABLE customers owner
2200; 2615 2200 SCHEMA - public pg_database_owner
3400; 6104 16500 PUBLICATION - everything owner
3401; 6106 16501 PUBLICATION TABLE licensing everything customers owner
3402; 3466 16502 EVENT TRIGGER - guard owner
300; 1259 16600 FOREIGN TABLE licensing elsewhere owner
301; 1417 16601 SERVER - elsewhere owner
3299; 2606 16415 CONSTRAINT licensing customers customers_pkey owner
`;

describe("a dump's list of contents", () => {
  it("keeps what is the application's, and leaves out what is the administrator's or the source's", () => {
    const entries = kept(LIST)
      .trimEnd()
      .split("\n")
      .map((line) => entryOf(line));
    expect(entries).toEqual([
      "SCHEMA - licensing owner",
      "TYPE licensing tier owner",
      "TABLE licensing customers owner",
      "COMMENT licensing TABLE customers owner",
      "CONSTRAINT licensing customers customers_pkey owner",
    ]);
  });

  it("knows whether schemas are made beside public", () => {
    expect(makesSchemas(LIST)).toBe(true);
    expect(makesSchemas(LIST.replace(/.*SCHEMA - licensing.*\n/, ""))).toBe(false);
  });

  it("never keeps a line that is not there, and keeps the order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(LIST.split("\n")), (lines) => {
        const found = kept(lines.join("\n")).split("\n").filter(Boolean);
        expect(lines.filter((line) => found.includes(line))).toEqual(found);
      }),
    );
  });
});

describe("a newer dump for an older server", () => {
  it("loses the setting that the older one does not know, and no row of a function's text", () => {
    const script = "SET statement_timeout = 0;\nSET transaction_timeout = 0;\nSELECT 'SET transaction_timeout = 0;';\n";
    expect(forOlder(script)).toBe("SET statement_timeout = 0;\n\nSELECT 'SET transaction_timeout = 0;';\n");
  });

  const UNKNOWN = `pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"
Command was: SET transaction_timeout = 0;
`;
  const THERE = `pg_restore: error: could not execute query: ERROR:  relation "licenses_customer_idx" already exists
Command was: CREATE INDEX licenses_customer_idx ON licensing.licenses USING btree (customer);
`;
  const BROKEN = `pg_restore: error: could not execute query: ERROR:  insert or update on table "licenses" violates foreign key constraint "x"
DETAIL:  Key (customer)=(7) is not present in table "customers".
`;
  const COUNT = "pg_restore: warning: errors ignored on restore: 2\n";

  it("is forgiven that setting alone; a second run, what the first had made", () => {
    expect(restoreErrors(UNKNOWN + COUNT, false)).toEqual([]);
    expect(restoreErrors(UNKNOWN + THERE + COUNT, true)).toEqual([]);
    expect(restoreErrors(THERE + COUNT, false)).toEqual([THERE.trim()]);
    expect(restoreErrors(UNKNOWN + BROKEN + THERE + COUNT, true)).toEqual([BROKEN.trim()]);
  });
});
