import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { Site } from "./site";

export declare function createBackups(site: Site, keys: Keys, instances: Instances): void;
