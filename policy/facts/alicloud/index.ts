import type { Readers } from "../reader";
import { databases } from "./database";
import { identities } from "./identity";
import { networks } from "./network";
import { operations } from "./operation";

/** What Alibaba Cloud's resources say. */
export const alicloud: Readers = { ...databases, ...networks, ...identities, ...operations };
