import type { FailureKind } from "./failure";

/** Which server a call was for: the writer, or a reader by its address. */
export type Target = "writer" | `reader ${string}`;

/** What happened, for metrics and logs. Never holds a statement, a value or a password. Times in milliseconds. */
export type ClientEvent =
  /** A call has ended. `waited`: for a connection; both from the call's beginning, all tries included. */
  | {
      readonly kind: "call";
      readonly call: "query" | "read" | "transaction";
      readonly target: Target;
      readonly outcome: "ok" | "failed" | "not done" | "unknown";
      readonly duration: number;
      readonly waited: number;
      readonly attempts: number;
    }
  /** A try has failed and another follows after `delay`. `reason` is the server's or the driver's word. */
  | {
      readonly kind: "retry";
      readonly target: Target;
      readonly failure: FailureKind;
      readonly reason: string;
      readonly attempt: number;
      readonly delay: number;
    }
  /** A read goes to the writer: its reader is too far behind, or does not answer. */
  | { readonly kind: "fallback"; readonly target: Target; readonly because: "lag" | "unreachable" }
  /** Password and CA were asked for. `changed`: they are others than before. */
  | {
      readonly kind: "login";
      readonly target: Target;
      readonly because: "first" | "age" | "refused";
      readonly changed: boolean;
    }
  /** Asking for them failed; the last ones stay in use while there are any. */
  | { readonly kind: "login failed"; readonly target: Target; readonly reason: string }
  /** A call was refused, as too many wait. */
  | { readonly kind: "overloaded"; readonly waiting: number };

/** An observer that throws must not break the observed. */
export function quietly(observer: (event: ClientEvent) => void): (event: ClientEvent) => void {
  let warned = false;
  return (event) => {
    try {
      observer(event);
    } catch (error) {
      if (warned) return;
      warned = true;
      process.emitWarning(`onEvent threw: ${error instanceof Error ? error.message : error}`, "LicenseDbWarning");
    }
  };
}
