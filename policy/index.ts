import { PolicyPack } from "@pulumi/policy"; // serves the rules to the engine
import { policies } from "./pack";
import { runOf } from "./profile";

new PolicyPack("license-db", { enforcementLevel: "mandatory", policies: policies(runOf(process.env)) });
