import { CloudSite } from "../cloudSite";
import type { AlicloudOptions } from "./options";
import type { Region } from "./regions";

/** What every resource of one stack on Alibaba Cloud is made with. */
export class Site extends CloudSite<AlicloudOptions, Region> {}
