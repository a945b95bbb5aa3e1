import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { Site } from "./site";

/** R16: every alert of the catalogue, and whom it reaches. */
export function createAlarms(_site: Site, _keys: Keys, _instances: Instances): void {}
