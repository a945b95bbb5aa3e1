import type { Stack } from "../cli/stack";
import type { Moment } from "./marks";
import type { DrillKind } from "./result";

export type FaultKind = Exclude<DrillKind, "restore">;

/** A cluster that drills are done on, as its vendor lets them be done. */
export interface Subject {
  /** Why a drill of this kind must not begin; nothing when it may. Throws `OperationError` where the vendor cannot at all. */
  obstacles(kind: DrillKind): Promise<readonly string[]>;
  /** What the fault would be, in words: "kill -9 of …". */
  plan(kind: FaultKind): Promise<string>;
  /** Does it. Ends when it is done or, on a cloud, asked for. @returns what was done, in words. */
  inject(kind: FaultKind): Promise<string>;
  /** Whether a commit waits for a second member, so that none that was acknowledged may be lost. */
  synchronous(): Promise<boolean>;
  /** Undefined when every member is there and well; else what is not, in words. */
  ailing(): Promise<string | undefined>;
  /** Has the cluster's monitoring show this moment of a drill. Absent where a dashboard takes no such marks. */
  mark?(kind: DrillKind, moment: Moment): Promise<void>;
}

/** Only the vendor's own code is loaded. */
export async function subjectOf(stack: Stack): Promise<Subject> {
  if (stack.vendor === "local") return (await import("./local")).localSubject(stack);
  if (stack.vendor === "aws") return (await import("./aws")).awsSubject(stack);
  return (await import("./alicloud")).alicloudSubject(stack);
}
