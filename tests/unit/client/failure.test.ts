import fc from "fast-check";
import { DatabaseError } from "pg";
import { describe, expect, it } from "vitest";
import { BACKOFF, waitAfter } from "../../../ops/client/backoff";
import {
  classify,
  decide,
  endsConnection,
  type FailureKind,
  type Operation,
  type Stage,
} from "../../../ops/client/failure";

const stages: readonly Stage[] = ["connecting", "open", "final"];
const kinds: readonly FailureKind[] = [
  "refused",
  "lost",
  "timeout",
  "unavailable",
  "rolled back",
  "demoted",
  "statement",
];
const operations = fc.record({ repeatable: fc.boolean(), rerun: fc.boolean(), writes: fc.boolean() });

function server(code: string, message = "no matter what", severity = "ERROR"): Error {
  return Object.assign(new DatabaseError(message, 1, "error"), { code, severity });
}
const system = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe("the decision after a failure", () => {
  it("never repeats what may have happened, unless it may happen twice", () => {
    fc.assert(
      fc.property(fc.constantFrom("lost", "timeout"), operations, (kind: FailureKind, operation: Operation) => {
        expect(decide(kind, "final", operation)).toBe(operation.repeatable ? "retry" : "unknown");
      }),
    );
  });

  it("says that nobody knows only of what was sent and lost", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.constantFrom(...stages), operations, (kind, stage, operation) => {
        if (decide(kind, stage, operation) !== "unknown") return;
        expect(stage).toBe("final");
        expect(["lost", "timeout"]).toContain(kind);
      }),
    );
  });

  it("runs no function of the caller's again without leave", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), operations, (kind, operation) => {
        if (operation.rerun) return;
        expect(decide(kind, "open", operation)).toBe("fail");
      }),
    );
  });

  it("never repeats what is the statement's own fault", () => {
    fc.assert(
      fc.property(fc.constantFrom(...stages), operations, (stage, operation) => {
        expect(decide("statement", stage, operation)).toBe("fail");
        expect(decide("demoted", stage, { ...operation, writes: false })).toBe("fail");
      }),
    );
  });

  it("always tries again when there was no connection yet", () => {
    fc.assert(
      fc.property(fc.constantFrom("lost", "timeout", "unavailable"), operations, (kind: FailureKind, operation) => {
        expect(decide(kind, "connecting", operation)).toBe("retry");
      }),
    );
  });
});

describe("a failure", () => {
  it.each<[error: unknown, stage: Stage, kind: FailureKind]>([
    [server("28P01", "password authentication failed", "FATAL"), "connecting", "refused"],
    [server("28000", "PAM authentication failed", "FATAL"), "connecting", "refused"],
    [server("08P01", "SASL authentication failed", "FATAL"), "connecting", "refused"],
    [system("CERT_HAS_EXPIRED"), "connecting", "refused"],
    [system("SELF_SIGNED_CERT_IN_CHAIN"), "connecting", "refused"],
    [system("ERR_TLS_CERT_ALTNAME_INVALID"), "connecting", "refused"],
    [new Error("The server does not support SSL connections"), "connecting", "refused"],
    [server("57P03", "the database system is starting up", "FATAL"), "connecting", "unavailable"],
    [server("53300", "sorry, too many clients already", "FATAL"), "connecting", "unavailable"],
    [server("08P01", "query_wait_timeout", "FATAL"), "final", "unavailable"],
    [
      server("08P01", "server login has been failing, try again later (server_login_retry)", "FATAL"),
      "final",
      "unavailable",
    ],
    [new Error("Client has encountered a connection error and is not queryable"), "final", "unavailable"],
    [new Error("timeout expired"), "connecting", "unavailable"],
    [server("08P01", "server conn crashed?", "FATAL"), "final", "lost"],
    [server("57P01", "terminating connection due to administrator command", "FATAL"), "final", "lost"],
    [server("25P03", "terminating connection due to idle-in-transaction timeout", "FATAL"), "open", "lost"],
    [server("XX000", "out of luck", "PANIC"), "final", "lost"],
    [system("ECONNRESET", "read ECONNRESET"), "final", "lost"],
    [system("ENOTFOUND"), "connecting", "lost"],
    [system("ERR_STREAM_DESTROYED"), "final", "lost"],
    [new Error("Connection terminated unexpectedly"), "final", "lost"],
    [new Error("Query read timeout"), "final", "timeout"],
    [server("40001", "could not serialize access"), "final", "rolled back"],
    [server("40P01", "deadlock detected"), "open", "rolled back"],
    [server("25006", "cannot execute INSERT in a read-only transaction"), "final", "demoted"],
    [server("23505", "duplicate key"), "final", "statement"],
    [server("57014", "canceling statement due to user request"), "final", "statement"],
    [server("3D000", 'database "x" does not exist', "FATAL"), "connecting", "statement"],
    // A word of the pooler's in somebody's data is no refusal.
    [server("22P02", 'invalid input syntax for type integer: "SASL authentication failed"'), "final", "statement"],
    [new TypeError("Converting circular structure to JSON"), "final", "statement"],
    [system("ERR_INVALID_ARG_TYPE"), "final", "statement"],
    ["thrown", "open", "statement"],
  ])("%s while %s is: %s", (error, stage, kind) => {
    expect(classify(error, stage)).toBe(kind);
  });

  it("leaves a connection in use only where the server said that it goes on", () => {
    expect(kinds.filter((kind) => !endsConnection(kind))).toEqual(["rolled back", "statement"]);
  });
});

describe("the wait before the next try", () => {
  it("grows to its limit, is never nothing, and differs from caller to caller", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const wait = waitAfter(attempt, random);
          expect(wait).toBeGreaterThanOrEqual(BACKOFF.first / 2);
          expect(wait).toBeLessThanOrEqual(BACKOFF.most);
          expect(waitAfter(attempt + 1, random)).toBeGreaterThanOrEqual(wait);
          expect(waitAfter(attempt, 1)).toBe(2 * waitAfter(attempt, 0));
        },
      ),
    );
  });
});
