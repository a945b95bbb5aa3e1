import { alicloud } from "./alicloud";
import { aws } from "./aws";
import type { AnyFact } from "./kinds";
import { local } from "./local";
import type { Readers } from "./reader";
import type { Resource } from "./resource";

/** Every type the pack knows. */
export const readers: Readers = { ...aws, ...alicloud, ...local };

/** What a resource says; nothing, for types the rules do not ask about. */
export const factsOf = (resource: Resource): readonly AnyFact[] => readers[resource.type]?.(resource) ?? [];
