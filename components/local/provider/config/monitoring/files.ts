import { join } from "node:path";
import { paths } from "../../place";

/** Every file and folder of a cluster's monitoring. */
export const monitoringPaths = (folder: string) => {
  const home = paths(folder).monitoring;
  return {
    home,
    prometheusConfig: join(home, "prometheus.yml"),
    rules: join(home, "rules.yml"),
    prometheusData: join(home, "prometheus"),
    alertmanagerConfig: join(home, "alertmanager.yml"),
    alertmanagerData: join(home, "alertmanager"),
    /** Who may ask any of the servers. */
    web: join(home, "web.yml"),
    /** With what the commands for a person ask them. */
    client: join(home, "client.yml"),
    watcher: join(home, "watcher.json"),
    relay: join(home, "dingtalk.json"),
    dashboard: join(home, "dashboard.json"),
    /** Addresses and passwords that configuration files only point to. */
    secret: (name: string) => join(home, "secrets", name),
    secrets: join(home, "secrets"),
    /** Further authorities, as a folder of certificates. */
    trust: join(home, "trust"),
  };
};
