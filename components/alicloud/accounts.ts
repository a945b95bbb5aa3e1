/** The privileged account: the service's name for what other vendors call the master. */
export const ADMINISTRATOR = "license_admin";
