import type { AnyFact } from "./kinds";
import type { Resource } from "./resource";

/** The facts of one resource: none, one, or several (a security group and the rules written in it). */
export type Reader = (resource: Resource) => readonly AnyFact[];

/** A vendor's readers by type token. A type that is not here says nothing the rules ask about. */
export type Readers = Readonly<Record<string, Reader>>;
