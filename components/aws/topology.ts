import type { Spec } from "../spec/spec";

/**
 * "cluster": an RDS Multi-AZ DB cluster, a writer and two readable standbys in three zones (R3).
 * "instance": one RDS instance, with an unreadable standby in a second zone where high availability is asked for.
 */
export type Topology = "cluster" | "instance";

/** RDS has no readable cluster of another size; see `checkAws`. */
export const CLUSTER_REPLICAS = 2;

export const topologyOf = ({ replicas }: Pick<Spec, "replicas">): Topology => (replicas === 0 ? "instance" : "cluster");
