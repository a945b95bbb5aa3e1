import { CloudSite } from "../cloudSite";
import type { AwsOptions } from "./options";
import type { Region } from "./regions";

/** What every resource of one stack on AWS is made with. */
export class Site extends CloudSite<AwsOptions, Region> {}
