import { resourceRule } from "./rule";
import { mayBe } from "./verdicts";

export const noAdminAttached = resourceRule({
  id: "no-admin-attached",
  of: "permissions",
  requirements: ["R13"],
  severity: "high",
  title: "No identity has a policy of the vendor's that allows everything of a kind.",
  protects: "A right to everything is a right to the database, its keys and its backups.",
  mend: "Write a policy of what is needed.",
  controls: [],
  settings: {
    refused: {
      type: "array",
      default: ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"],
      description: "Policies nobody may have, beside all whose name ends in FullAccess.",
    },
  },
  judge: ({ attached }, { refused }) =>
    mayBe(
      attached,
      (name) => !refused.some((one) => name === one || name.endsWith(`/${one}`)) && !/FullAccess$/.test(name),
      (name) => `${name} is attached`,
    ),
});
