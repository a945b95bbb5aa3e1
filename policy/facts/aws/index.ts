import type { Readers } from "../reader";
import { databases } from "./database";
import { identities } from "./identity";
import { networks } from "./network";
import { operations } from "./operation";
import { parameters } from "./parameters";

/** What AWS's resources say; by type token, so that no SDK of theirs is needed. */
export const aws: Readers = { ...databases, ...parameters, ...networks, ...identities, ...operations };
